import { isFields, type Fields, type KubeObject, type Value } from './kube-object.js';

/** What a real API server fills in, as far as somebody who reads the object back would see it. */
export function withDefaults(object: KubeObject): KubeObject {
  const spec = object.spec;
  switch (object.kind) {
    case 'Pod':
      if (spec !== undefined) podDefaults(spec, true);
      break;
    case 'DaemonSet':
      if (spec !== undefined) daemonSetDefaults(spec);
      break;
    case 'Deployment':
      if (spec !== undefined) deploymentDefaults(spec);
      break;
    case 'Job':
      if (spec !== undefined) jobDefaults(object, spec);
      break;
    case 'Service':
      if (spec !== undefined) serviceDefaults(spec);
      break;
    case 'Namespace':
      namespaceDefaults(object);
      break;
  }
  return object;
}

function set(fields: Fields, defaults: Fields): void {
  for (const [name, value] of Object.entries(defaults)) fields[name] ??= value;
}

function items(value: Value | undefined): Fields[] {
  return Array.isArray(value) ? value.filter((item) => isFields(item)) : [];
}

function templateDefaults(spec: Fields): void {
  const template = spec['template'];
  if (isFields(template) && isFields(template['spec'])) podDefaults(template['spec'], false);
}

function podDefaults(spec: Fields, isPod: boolean): void {
  set(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  if (typeof spec['serviceAccountName'] === 'string')
    spec['serviceAccount'] ??= spec['serviceAccountName'];
  if (isPod) {
    set(spec, {
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      enableServiceLinks: true,
    });
    set(spec, { preemptionPolicy: 'PreemptLowerPriority' });
  }
  for (const container of [...items(spec['containers']), ...items(spec['initContainers'])]) {
    containerDefaults(container, spec['hostNetwork'] === true);
  }
  for (const volume of items(spec['volumes'])) {
    const { configMap, hostPath } = volume;
    if (isFields(configMap)) set(configMap, { defaultMode: 420 });
    if (isFields(hostPath)) set(hostPath, { type: '' });
  }
}

function containerDefaults(container: Fields, isHostNetwork: boolean): void {
  const image = container['image'];
  const isLatest =
    typeof image === 'string' && (!/:[^/]+$/.test(image) || image.endsWith(':latest'));
  set(container, {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
  });
  for (const port of items(container['ports'])) {
    set(port, { protocol: 'TCP' });
    const number = port['containerPort'];
    if (isHostNetwork && number !== undefined) set(port, { hostPort: number });
  }
  for (const variable of items(container['env'])) {
    const from = variable['valueFrom'];
    if (isFields(from) && isFields(from['fieldRef'])) set(from['fieldRef'], { apiVersion: 'v1' });
  }
}

function daemonSetDefaults(spec: Fields): void {
  set(spec, { revisionHistoryLimit: 10, updateStrategy: { type: 'RollingUpdate' } });
  const strategy = spec['updateStrategy'];
  if (isFields(strategy) && strategy['type'] === 'RollingUpdate') {
    set(strategy, { rollingUpdate: {} });
    if (isFields(strategy['rollingUpdate']))
      set(strategy['rollingUpdate'], { maxUnavailable: 1, maxSurge: 0 });
  }
  templateDefaults(spec);
}

function deploymentDefaults(spec: Fields): void {
  set(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  set(spec, {
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
  });
  templateDefaults(spec);
}

function jobDefaults(job: KubeObject, spec: Fields): void {
  set(spec, {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    manualSelector: false,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: 'TerminatingOrFailed',
  });
  templateDefaults(spec);
  const { uid, name } = job.metadata;
  const template = spec['template'];
  if (uid === '' || !isFields(template) || spec['selector'] !== undefined) return;
  spec['selector'] = { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } };
  set(template, { metadata: {} });
  const metadata = template['metadata'];
  if (!isFields(metadata)) return;
  set(metadata, { labels: {} });
  if (isFields(metadata['labels'])) {
    Object.assign(metadata['labels'], {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': name,
      'controller-uid': uid,
      'job-name': name,
    });
  }
}

function serviceDefaults(spec: Fields): void {
  for (const port of items(spec['ports'])) {
    set(port, { protocol: 'TCP' });
    const number = port['port'];
    if (number !== undefined) set(port, { targetPort: number });
  }
  set(spec, {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
  });
}

function namespaceDefaults(namespace: KubeObject): void {
  namespace.metadata.labels = {
    ...namespace.metadata.labels,
    'kubernetes.io/metadata.name': namespace.metadata.name,
  };
}
