import {
  ClusterForbidden,
  objectText,
  refOf,
  valueAt,
  type ClusterReader,
  type NodeReport,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../../by-text.js';
import { foreignOwnerOf } from '../../foreign-owner.js';
import { containersOf, listAt, textAt, textsAt } from '../../json-reading.js';
import { isOurs } from '../../key-writers.js';
import { platformOf } from '../../node-platform.js';
import { cacheNames, hashAnnotation, portsOf, takeOverPath } from './manifests.js';
import type { CacheNode, NodeLocalObservation } from './observation.js';
import { NodeLocalSettings } from './settings.js';

export { NodeLocalObservation } from './observation.js';

const kubeSystem = { namespace: 'kube-system' } as const;

/**
 * What a cache on the nodes would meet. Requests: lists of nodes and of all DaemonSets, the Service
 * kube-dns, the ConfigMaps coredns and, where Cilium runs, cilium-config; the objects of our names. The host
 * agents tell kube-proxy's mode and who listens; agents in pods, started only when settings ask for a cache,
 * tell what a new pod asks.
 */
export async function observeNodeLocal(
  reader: ClusterReader,
  settings: NodeLocalSettings | null,
  signal: AbortSignal,
): Promise<NodeLocalObservation> {
  const ports = portsOf(settings ?? NodeLocalSettings.parse({}));
  const [nodes, daemonSets, service, corefile, modes, listeners, resolvers] = await Promise.all([
    reader.nodes(signal),
    reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
    reader.read({ apiVersion: 'v1', kind: 'Service', ...kubeSystem, name: 'kube-dns' }, signal),
    corefileText(reader, signal),
    reader.askHosts({ do: 'read-kube-proxy' }, signal),
    reader.askHosts({ do: 'read-listeners', ports }, signal),
    settings === null ? [] : reader.askPods({ do: 'read-resolver' }, signal),
  ]);
  const seen = nodes
    .map((node): CacheNode => {
      const resolver = answerOf(resolvers, node.name);
      return {
        name: node.name,
        os: node.os,
        ready: node.ready,
        addresses: [...node.addresses],
        platform: platformOf({ ...node, labels: { ...node.labels } }),
        proxyMode: answerOf(modes, node.name)?.mode ?? null,
        listeners:
          answerOf(listeners, node.name)?.listeners.map(({ address, port }) => ({
            address,
            port,
          })) ?? null,
        nameservers: resolver?.nameservers ?? null,
        searches: resolver?.searches ?? null,
      };
    })
    .toSorted((a, b) => byText(a.name, b.name));
  return {
    kubeDns: kubeDnsOf(service),
    clusterDomain: domainOf(seen, corefile),
    autopath: /^\s*autopath\s/m.test(corefile),
    nodes: seen,
    datapath: await datapathOf(daemonSets, reader, signal),
    ...(await cachesOf(daemonSets, reader, signal)),
  };
}

function answerOf<D extends 'read-kube-proxy' | 'read-listeners' | 'read-resolver'>(
  reports: readonly NodeReport<D>[],
  node: string,
) {
  const report = reports.find((one) => one.node === node);
  return report !== undefined && 'answer' in report ? report.answer : null;
}

async function corefileText(reader: ClusterReader, signal: AbortSignal): Promise<string> {
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', ...kubeSystem, name: 'coredns' };
  const found = await reader.read(ref, signal);
  return textAt(found ?? undefined, ['data', 'Corefile']) ?? '';
}

function kubeDnsOf(service: SeenObject | null): NodeLocalObservation['kubeDns'] {
  const address = textAt(service ?? undefined, ['spec', 'clusterIP']);
  if (service === null || address === null || address === 'None') return null;
  return { address, selector: textsAt(service, ['spec', 'selector']) };
}

/** `svc.<domain>` is in the search path of every pod that asks the cluster's DNS. */
function domainOf(nodes: readonly CacheNode[], corefile: string): string | null {
  const searches = nodes.flatMap((node) => node.searches ?? []);
  const domain = searches.find((one) => one.startsWith('svc.'))?.slice('svc.'.length);
  if (domain !== undefined && domain !== '') return domain;
  return /^\s*kubernetes\s+([a-z0-9][-a-z0-9.]*)/m.exec(corefile)?.[1] ?? null;
}

/** Cilium in place of kube-proxy, and Calico's eBPF, rewrite addresses before any rule of the host's. */
async function datapathOf(
  daemonSets: readonly SeenObject[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<string | null> {
  const names = new Set(daemonSets.map(({ metadata }) => metadata.name));
  if (names.has('anetd')) return 'GKE Dataplane V2';
  if (names.has('ovnkube-node')) return 'OVN-Kubernetes';
  const calico = daemonSets.find(({ metadata }) => metadata.name === 'calico-node');
  const isEbpf = (calico === undefined ? [] : containersOf(calico)).some((container) =>
    listAt(container, ['env']).some(
      (variable) =>
        textAt(variable, ['name']) === 'FELIX_BPFENABLED' && textAt(variable, ['value']) === 'true',
    ),
  );
  if (isEbpf) return 'Calico’s eBPF data plane';
  const cilium = daemonSets.find(({ metadata }) => metadata.name === 'cilium');
  if (cilium === undefined) return null;
  const namespace = textAt(cilium, ['metadata', 'namespace']) ?? 'kube-system';
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'cilium-config' };
  try {
    const values = textsAt((await reader.read(ref, signal)) ?? undefined, ['data']);
    const replaces = values['kube-proxy-replacement'] ?? 'false';
    return ['false', 'disabled'].includes(replaces) ? null : 'Cilium in place of kube-proxy';
  } catch (error) {
    // Whether it replaces kube-proxy may not be read: then it may.
    if (error instanceof ClusterForbidden) return 'Cilium, perhaps in place of kube-proxy';
    throw error;
  }
}

/** Our objects, and everybody else's that have their names or do their work. */
async function cachesOf(
  daemonSets: readonly SeenObject[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<Pick<NodeLocalObservation, 'standing' | 'others'>> {
  const named = await Promise.all(
    cacheNames.map(({ apiVersion, kind, name }) =>
      reader.read({ apiVersion, kind, ...kubeSystem, name }, signal),
    ),
  );
  const caches = daemonSets.filter(isNodeCache);
  const strangers = [...named.filter((object) => object !== null), ...caches].filter(
    (object) => !isOurs(object),
  );
  const others = new Map(strangers.map((object) => [objectText(refOf(object)), otherOf(object)]));
  const own = daemonSets.find(
    (object) =>
      isOurs(object) && isNodeCache(object) && object.metadata['namespace'] === 'kube-system',
  );
  return {
    standing:
      own === undefined
        ? null
        : {
            contentHash: textsAt(own, ['metadata', 'annotations'])[hashAnnotation] ?? '',
            takesOver: valueAt(own, takeOverPath) !== undefined,
          },
    others: [...others.values()].toSorted((a, b) => byText(a.object, b.object)),
  };
}

function otherOf(object: SeenObject): NodeLocalObservation['others'][number] {
  const owner = foreignOwnerOf(object);
  return {
    object: objectText(refOf(object)),
    keeper: owner?.name ?? 'somebody else',
    advice: owner?.advice ?? 'Leave it to whoever made it, or remove it first.',
  };
}

function isNodeCache(daemonSet: SeenObject): boolean {
  const { name } = daemonSet.metadata;
  return (
    name === 'node-local-dns' ||
    name === 'nodelocaldns' ||
    containersOf(daemonSet).some((container) =>
      (textAt(container, ['image']) ?? '').includes('node-cache'),
    )
  );
}
