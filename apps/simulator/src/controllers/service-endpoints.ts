import { isFields, sameValue, type Fields, type KubeObject } from '../api/kube-object.js';
import { matchesLabels } from '../api/selectors.js';
import { kinds, type Machinery } from './machinery.js';
import { isReady, podAddressOf } from './workload-types.js';

const manager = { manager: 'kube-controller-manager' } as const;

/** Keeps Endpoints and one EndpointSlice of a Service in step with the pods that it selects. */
export function reconcileService(machinery: Machinery, service: KubeObject): void {
  const selector = service.spec?.['selector'];
  if (!isFields(selector) || service.metadata.deletionTimestamp !== undefined) return;
  const pods = podsOf(machinery, service, selector as Record<string, string>);
  const ports = portsOf(service);
  putEndpoints(machinery, service, pods, ports);
  putSlice(machinery, service, pods, ports);
}

function podsOf(
  { api }: Machinery,
  service: KubeObject,
  selector: Record<string, string>,
): readonly KubeObject[] {
  return api.store
    .list(kinds.pod, service.metadata.namespace)
    .filter((pod) => matchesLabels(pod, selector) && podAddressOf(pod) !== undefined)
    .filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

function portsOf(service: KubeObject): Fields[] {
  const ports = service.spec?.['ports'];
  const all = Array.isArray(ports) ? ports.filter((port) => isFields(port)) : [];
  return all.map(({ name, port, targetPort, protocol }) => ({
    ...(name !== undefined && { name }),
    port: typeof targetPort === 'number' ? targetPort : (port ?? 0),
    protocol: protocol ?? 'TCP',
  }));
}

function targetOf(pod: KubeObject): Fields {
  const { name, namespace, uid } = pod.metadata;
  return { kind: 'Pod', name, namespace: namespace ?? '', uid };
}

function putEndpoints(
  machinery: Machinery,
  service: KubeObject,
  pods: readonly KubeObject[],
  ports: Fields[],
): void {
  const addresses = pods
    .filter((pod) => isReady(pod))
    .map((pod) => ({
      ip: podAddressOf(pod) ?? '',
      nodeName: pod.spec?.['nodeName'] ?? '',
      targetRef: targetOf(pod),
    }));
  put(machinery, kinds.endpoints, service, service.metadata.name, {
    subsets: addresses.length === 0 ? [] : [{ addresses, ports }],
  });
}

function putSlice(
  machinery: Machinery,
  service: KubeObject,
  pods: readonly KubeObject[],
  ports: Fields[],
): void {
  const endpoints = pods.map((pod) => ({
    addresses: [podAddressOf(pod) ?? ''],
    conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
    nodeName: pod.spec?.['nodeName'] ?? '',
    targetRef: targetOf(pod),
  }));
  // The real controller draws five letters; part of the Service's UID says as much and never collides.
  const name = `${service.metadata.name}-${service.metadata.uid.slice(0, 5)}`;
  put(machinery, kinds.endpointSlice, service, name, { addressType: 'IPv4', endpoints, ports });
}

function put(
  { api }: Machinery,
  resource: typeof kinds.endpoints,
  service: KubeObject,
  name: string,
  content: Fields,
): void {
  const { namespace } = service.metadata;
  const existing = api.store.get(resource, namespace, name);
  if (existing !== undefined) {
    const isSame = Object.entries(content).every(([member, value]) =>
      sameValue(existing[member], value),
    );
    if (isSame) return;
    const place = { resource, name, ...(namespace !== undefined && { namespace }) };
    api.patch(place, (object) => ({ ...object, ...content }), manager);
    return;
  }
  const { apiVersion, kind } = service;
  const owner = {
    apiVersion,
    kind,
    name: service.metadata.name,
    uid: service.metadata.uid,
    controller: true,
  };
  const labels = { 'kubernetes.io/service-name': service.metadata.name };
  const body = { metadata: { name, labels, ownerReferences: [owner] }, ...content };
  api.create(resource, namespace, body as unknown as KubeObject, manager);
}
