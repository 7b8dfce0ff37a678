import { z } from 'zod';
import { ClusterForbidden, NodeHealth, type ClusterReader } from '@fairlead/core';
import { byText } from '../by-text.js';
import { observeCni } from '../cni/observe-cni.js';
import { SeenCni } from '../cni/seen-cni.js';
import { conntrackKeys } from '../conntrack/timeouts.js';
import { listAt, numberAt, textAt } from '../json-reading.js';
import { ProxyConfigView } from '../proxy-config/kube-proxy-view.js';
import { observeKubeProxy } from '../proxy-config/observe-kube-proxy.js';
import { observeNodes } from '../seen-node.js';
import { isAtLeast } from '../version.js';
import { ProxyNode, withReports } from './seen-proxy.js';
import type { KubeProxySettings } from './settings.js';

export const KubeProxyObservation = z.strictObject({
  version: z.string(),
  kubeProxy: ProxyConfigView,
  nodes: z.array(ProxyNode),
  /** Null where the server does not count, or may not be asked. */
  services: z.int().nonnegative().nullable(),
  endpointSlices: z.int().nonnegative().nullable(),
  /** Services with ports on the nodes; null when they were not looked for. */
  nodePortServices: z.int().nonnegative().nullable(),
  /** The API server's own Service: what every pod needs first. */
  apiService: NodeHealth.shape.connect,
  cni: SeenCni,
  /** Others that key on kube-proxy's mode, by the names of their DaemonSets. */
  neighbours: z.array(z.string()),
});
export type KubeProxyObservation = z.infer<typeof KubeProxyObservation>;

/** Source: domain.md 1.3.6, 4.5. */
const neighbourNames = ['azure-npm', 'metallb-speaker', 'node-local-dns', 'speaker'];

/**
 * Looks at kube-proxy on every node and at what depends on its mode. Requests to the API server: nodes
 * and all DaemonSets, one list each; kube-proxy's ConfigMap and the Service of the API, one read each;
 * one object of all Services and one of all EndpointSlices, for their numbers; the Services with ports
 * on nodes; and what a look at the CNI costs. The rest comes over the agents' sessions.
 */
export async function observeProxies(
  reader: ClusterReader,
  _settings: KubeProxySettings | null,
  signal: AbortSignal,
): Promise<KubeProxyObservation> {
  const [seen, daemonSets, proxies, rules, support, counts, apiService] = await Promise.all([
    observeNodes(reader, [...conntrackKeys, 'net.netfilter.nf_conntrack_count'], signal),
    reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
    reader.askHosts({ do: 'read-kube-proxy' }, signal),
    reader.askHosts({ do: 'read-proxy-rules' }, signal),
    reader.askHosts({ do: 'read-proxy-support' }, signal),
    observeCounts(reader, signal),
    observeApiService(reader, signal),
  ]);
  return {
    version: reader.version,
    kubeProxy: await observeKubeProxy(daemonSets, seen, reader, signal),
    nodes: withReports(seen, { proxies, rules, support }),
    ...counts,
    apiService,
    // Nodes are listed once already; their annotations only name a CNI that has no pods.
    cni: await observeCni(reader, signal, { daemonSets, nodes: [] }),
    neighbours: daemonSets
      .map(({ metadata }) => metadata.name)
      .filter((name) => neighbourNames.includes(name))
      .toSorted(byText),
  };
}

async function observeCounts(reader: ClusterReader, signal: AbortSignal) {
  const service = { apiVersion: 'v1', kind: 'Service' };
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
  const [services, endpointSlices, nodePortServices] = await Promise.all([
    unlessForbidden(reader.count(service, signal)),
    unlessForbidden(reader.count(slice, signal)),
    nodePortServicesOf(reader, signal),
  ]);
  return { services, endpointSlices, nodePortServices };
}

/** Servers before 1.31 cannot choose Services by type, and all of them are not worth reading for it. */
async function nodePortServicesOf(
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<number | null> {
  if (!isAtLeast(reader.version, '1.31')) return null;
  const fieldSelector = 'spec.type!=ClusterIP,spec.type!=ExternalName';
  const found = await unlessForbidden(
    reader.list({ apiVersion: 'v1', kind: 'Service' }, { fieldSelector }, signal),
  );
  if (found === null) return null;
  return found.filter((service) =>
    listAt(service, ['spec', 'ports']).some((port) => numberAt(port, ['nodePort']) !== null),
  ).length;
}

async function observeApiService(reader: ClusterReader, signal: AbortSignal) {
  const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };
  const service = await unlessForbidden(reader.read(ref, signal));
  const address = textAt(service ?? undefined, ['spec', 'clusterIP']);
  const port = numberAt(listAt(service ?? undefined, ['spec', 'ports'])[0], ['port']);
  const parsed = NodeHealth.shape.connect.safeParse({ address, port });
  return parsed.success ? parsed.data : null;
}

async function unlessForbidden<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ClusterForbidden) return null;
    throw error;
  }
}
