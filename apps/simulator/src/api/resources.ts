/** A kind that the simulated API server stores. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  /** What `kubectl get all` shows. */
  readonly isInAll: boolean;
  /** Kinds with a spec and a status of their own count generations. */
  readonly hasGeneration: boolean;
  readonly hasStatus: boolean;
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean;
}

interface Traits {
  readonly cluster?: boolean;
  readonly short?: string;
  readonly generation?: boolean;
  readonly status?: boolean;
  readonly returnsDeleted?: boolean;
}

function resource(
  groupVersion: string,
  plural: string,
  kind: string,
  traits: Traits = {},
): Resource {
  const [group, version] = groupVersion.includes('/')
    ? groupVersion.split('/')
    : ['', groupVersion];
  return {
    group: group ?? '',
    version: version ?? '',
    plural,
    singular: kind.toLowerCase(),
    kind,
    namespaced: traits.cluster !== true,
    shortNames: traits.short === undefined ? [] : [traits.short],
    isInAll: [
      'Pod',
      'Service',
      'DaemonSet',
      'Deployment',
      'ReplicaSet',
      'StatefulSet',
      'Job',
    ].includes(kind),
    hasGeneration: traits.generation === true,
    hasStatus: traits.status === true,
    returnsDeleted: traits.returnsDeleted === true,
  };
}

export const resources: readonly Resource[] = [
  resource('v1', 'configmaps', 'ConfigMap', { short: 'cm' }),
  resource('v1', 'endpoints', 'Endpoints', { short: 'ep' }),
  resource('v1', 'events', 'Event', { short: 'ev' }),
  resource('v1', 'namespaces', 'Namespace', { cluster: true, short: 'ns', status: true }),
  resource('v1', 'nodes', 'Node', { cluster: true, short: 'no', status: true }),
  resource('v1', 'pods', 'Pod', {
    short: 'po',
    generation: true,
    status: true,
    returnsDeleted: true,
  }),
  resource('v1', 'secrets', 'Secret'),
  resource('v1', 'serviceaccounts', 'ServiceAccount', { short: 'sa', returnsDeleted: true }),
  resource('v1', 'services', 'Service', { short: 'svc', status: true, returnsDeleted: true }),
  resource('apps/v1', 'controllerrevisions', 'ControllerRevision'),
  resource('apps/v1', 'daemonsets', 'DaemonSet', { short: 'ds', generation: true, status: true }),
  resource('apps/v1', 'deployments', 'Deployment', {
    short: 'deploy',
    generation: true,
    status: true,
  }),
  resource('apps/v1', 'replicasets', 'ReplicaSet', { short: 'rs', generation: true, status: true }),
  resource('apps/v1', 'statefulsets', 'StatefulSet', {
    short: 'sts',
    generation: true,
    status: true,
  }),
  resource('apiregistration.k8s.io/v1', 'apiservices', 'APIService', {
    cluster: true,
    status: true,
  }),
  resource('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    short: 'hpa',
    status: true,
  }),
  resource('batch/v1', 'jobs', 'Job', { generation: true, status: true }),
  resource('coordination.k8s.io/v1', 'leases', 'Lease'),
  resource('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', { generation: true }),
  resource('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    short: 'pdb',
    generation: true,
    status: true,
  }),
  resource('rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'ClusterRoleBinding', {
    cluster: true,
  }),
  resource('rbac.authorization.k8s.io/v1', 'clusterroles', 'ClusterRole', { cluster: true }),
  resource('rbac.authorization.k8s.io/v1', 'rolebindings', 'RoleBinding'),
  resource('rbac.authorization.k8s.io/v1', 'roles', 'Role'),
];

export function groupVersionOf(resource: {
  readonly group: string;
  readonly version: string;
}): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

export function resourceNamed(
  group: string,
  version: string,
  plural: string,
): Resource | undefined {
  return resources.find(
    (one) => one.group === group && one.version === version && one.plural === plural,
  );
}

export function resourceOfKind(apiVersion: string, kind: string): Resource {
  const found = resources.find((one) => groupVersionOf(one) === apiVersion && one.kind === kind);
  if (found === undefined) throw new Error(`The simulator does not store ${apiVersion} ${kind}`);
  return found;
}
