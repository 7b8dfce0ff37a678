import { refOf, valueAt, type ClusterReader, type Json, type SeenObject } from '@fairlead/core';
import { byName } from '../../by-text.js';
import { foreignOwnerOf } from '../../foreign-owner.js';
import { containersOf, listAt, numberAt, textAt, textsAt } from '../../json-reading.js';
import { platformOf, type NodePlatform } from '../../node-platform.js';
import type { CoreDnsDeployment, CoreDnsObservation, CoreDnsPod } from './observation.js';
import { observeCorefile } from './observe-corefile.js';
import { observeLoad } from './observe-load.js';
import { observeScaling } from './observe-scaling.js';
import { ownerOnPlatform } from './platform-owner.js';

export { CoreDnsObservation } from './observation.js';

const kubeSystem = 'kube-system';

/**
 * Finds CoreDNS, its Corefile and what scales it. Requests to the API server: lists of nodes, and in
 * kube-system of Deployments, DaemonSets, pods of DNS, HPAs and disruption budgets; the ConfigMap and
 * the APIService of metrics; two lists of KEDA's and VPA's objects where the cluster knows those kinds.
 */
export async function observeCoreDns(
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<CoreDnsObservation> {
  const apps = { apiVersion: 'apps/v1', namespace: kubeSystem };
  const [nodes, deployments, daemonSets] = await Promise.all([
    reader.nodes(signal),
    reader.list({ ...apps, kind: 'Deployment' }, {}, signal),
    reader.list({ ...apps, kind: 'DaemonSet' }, {}, signal),
  ]);
  const platforms = new Set(
    nodes.flatMap((node) => platformOf({ ...node, labels: { ...node.labels } }) ?? []),
  );
  if (platforms.has('openshift')) {
    return {
      kind: 'elsewhere',
      where: 'the DNS operator of OpenShift',
      advice: 'Change dns.operator.openshift.io/default (spec.cache, spec.upstreamResolvers).',
    };
  }
  const deployment = deployments.find(isCoreDns);
  if (deployment !== undefined) {
    return await deploymentView(deployment, { deployments, daemonSets, platforms }, reader, signal);
  }
  if (!deployments.some(({ metadata }) => metadata.name === 'kube-dns')) return { kind: 'absent' };
  return {
    kind: 'elsewhere',
    where: 'kube-dns, which has no Corefile',
    advice: 'Set stubDomains and upstreamNameservers in ConfigMap kube-system/kube-dns.',
  };
}

interface Around {
  readonly deployments: readonly SeenObject[];
  readonly daemonSets: readonly SeenObject[];
  readonly platforms: ReadonlySet<NodePlatform>;
}

async function deploymentView(
  deployment: SeenObject,
  { deployments, daemonSets, platforms }: Around,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<CoreDnsDeployment> {
  const container = coreDnsContainer(deployment);
  const labels = textsAt(deployment, ['spec', 'selector', 'matchLabels']);
  const labelSelector = Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(',');
  const podKind = { apiVersion: 'v1', kind: 'Pod', namespace: kubeSystem };
  const [corefile, scaling, pods] = await Promise.all([
    observeCorefile(deployment, container, platforms, reader, signal),
    observeScaling(deployment, deployments, reader, signal),
    reader.list(podKind, { labelSelector }, signal),
  ]);
  const running = pods.flatMap((pod) => podView(pod) ?? []).toSorted(byName);
  const text = 'text' in corefile ? corefile.text : null;
  return {
    kind: 'deployment',
    object: refOf(deployment),
    owner: ownerOnPlatform('deployment', platforms) ?? foreignOwnerOf(deployment),
    version: /:v?(\d+\.\d+\.\d+)/.exec(textAt(container, ['image']) ?? '')?.[1] ?? null,
    replicas: numberAt(deployment, ['spec', 'replicas']) ?? 1,
    withoutCpuRequest: listAt(deployment, ['spec', 'template', 'spec', 'containers'])
      .filter((one) => valueAt(one, ['resources', 'requests', 'cpu']) === undefined)
      .map((one) => textAt(one, ['name']) ?? '')
      .toSorted(),
    graceSeconds:
      numberAt(deployment, ['spec', 'template', 'spec', 'terminationGracePeriodSeconds']) ?? 30,
    memoryLimit: textAt(container, ['resources', 'limits', 'memory']),
    labelSelector,
    corefile,
    ...scaling,
    nodeCaches: daemonSets
      .filter(isNodeCache)
      .map(({ metadata }) => metadata.name)
      .toSorted(),
    pods: await observeLoad(running, text, reader, signal),
  };
}

function isCoreDns(deployment: SeenObject): boolean {
  const labels = {
    ...textsAt(deployment, ['metadata', 'labels']),
    ...textsAt(deployment, ['spec', 'template', 'metadata', 'labels']),
  };
  const { name } = deployment.metadata;
  return (
    coreDnsContainer(deployment) !== undefined &&
    (name === 'coredns' || labels['k8s-app'] === 'kube-dns')
  );
}

function coreDnsContainer(deployment: SeenObject): Json | undefined {
  return containersOf(deployment).find(
    (container) =>
      textAt(container, ['name']) === 'coredns' ||
      /(^|\/)[a-z-]*coredns(:|@|$)/.test(textAt(container, ['image']) ?? ''),
  );
}

function isNodeCache(daemonSet: SeenObject): boolean {
  return (
    daemonSet.metadata.name.includes('node-local-dns') ||
    containersOf(daemonSet).some((container) =>
      (textAt(container, ['image']) ?? '').includes('node-cache'),
    )
  );
}

/** Null for a pod that is ending, ended, or not placed yet. */
function podView(pod: SeenObject): Omit<CoreDnsPod, 'load'> | null {
  const node = textAt(pod, ['spec', 'nodeName']);
  const address = textAt(pod, ['status', 'podIP']);
  const isRunning = textAt(pod, ['status', 'phase']) === 'Running';
  if (node === null || address === null || !isRunning) return null;
  if (pod.metadata['deletionTimestamp'] !== undefined) return null;
  const ready = listAt(pod, ['status', 'conditions']).some(
    (condition) =>
      textAt(condition, ['type']) === 'Ready' && textAt(condition, ['status']) === 'True',
  );
  return { name: pod.metadata.name, node, address, ready };
}
