import { ClusterForbidden, refOf, type ClusterReader, type SeenObject } from '@fairlead/core';
import { byName, byText } from '../by-text.js';
import { observeCni } from '../cni/observe-cni.js';
import { foreignOwnerOf } from '../foreign-owner.js';
import { listAt, numberAt, textAt, textsAt } from '../json-reading.js';
import { platformOf } from '../node-platform.js';
import { isAtLeast } from '../version.js';
import { hostNetworkUsers } from './host-network.js';
import { DatapathObservation, type KubeProxySet } from './observation.js';
import type { DatapathSettings } from './settings.js';

export { DatapathObservation };

/**
 * The CNI's configuration, kube-proxy's DaemonSets, how the API server is reached, and who uses the
 * host's network. Requests besides the CNI's own (README): lists of nodes and DaemonSets, one of the
 * pods in the host's network (of all pods before 1.28), two reads about the API server, a count of Services.
 */
export async function observeDatapath(
  reader: ClusterReader,
  _settings: DatapathSettings | null,
  signal: AbortSignal,
): Promise<DatapathObservation> {
  const [nodes, daemonSets] = await Promise.all([
    reader.nodes(signal),
    reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
  ]);
  const unseen: { what: string; why: string }[] = [];
  const seen = async <T>(what: string, looking: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await looking;
    } catch (error) {
      if (!(error instanceof ClusterForbidden)) throw error;
      unseen.push({ what, why: 'it may not be read' });
      return otherwise;
    }
  };
  const service = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };
  const slice = { ...service, apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
  // The server filters by that field since 1.28.
  const fieldSelector = isAtLeast(reader.version, '1.28') ? 'spec.hostNetwork=true' : undefined;
  const selector = fieldSelector === undefined ? {} : { fieldSelector };
  const pod = { apiVersion: 'v1', kind: 'Pod' };
  const [cni, apiService, endpoints, pods, services] = await Promise.all([
    observeCni(reader, signal, { daemonSets }),
    seen('Service default/kubernetes', reader.read(service, signal), null),
    seen('EndpointSlice default/kubernetes', reader.read(slice, signal), null),
    seen('pods in the host’s network', reader.list(pod, selector, signal), null),
    seen(
      'the number of Services',
      reader.count({ apiVersion: 'v1', kind: 'Service' }, signal),
      null,
    ),
  ]);
  return {
    version: reader.version,
    nodes: nodes.toSorted(byName).map((node) => ({
      name: node.name,
      ready: node.ready,
      os: node.os,
      kernel: node.kernel,
      platform: platformOf(node),
    })),
    cni,
    kubeProxies: daemonSets.filter(isKubeProxy).map(kubeProxyOf).toSorted(byObject),
    api: { clusterIps: clusterIpsOf(apiService), endpoints: endpointsOf(endpoints) },
    hostNetwork: pods === null ? null : hostNetworkUsers(pods),
    services,
    unseen: unseen.toSorted((a, b) => byText(a.what, b.what)),
  };
}

function isKubeProxy(daemonSet: SeenObject): boolean {
  const { namespace, name } = daemonSet.metadata;
  if (namespace !== 'kube-system' || name.includes('windows')) return false;
  const label = textsAt(daemonSet, ['spec', 'template', 'metadata', 'labels']);
  return /^kube-proxy(-|$)/.test(name) || label['k8s-app'] === 'kube-proxy';
}

function kubeProxyOf(daemonSet: SeenObject): KubeProxySet {
  const pods = numberAt(daemonSet, ['status', 'desiredNumberScheduled']) ?? 0;
  return {
    object: refOf(daemonSet),
    owner: foreignOwnerOf(daemonSet),
    pods: Math.max(0, Math.trunc(pods)),
    nodeSelector: textsAt(daemonSet, ['spec', 'template', 'spec', 'nodeSelector']),
    updateStrategy: textAt(daemonSet, ['spec', 'updateStrategy', 'type']) ?? 'RollingUpdate',
  };
}

function byObject(a: KubeProxySet, b: KubeProxySet): number {
  return byText(a.object.name, b.object.name);
}

function clusterIpsOf(service: SeenObject | null): string[] {
  const addresses = textsIn(service, ['spec', 'clusterIPs']);
  const only = textAt(service ?? undefined, ['spec', 'clusterIP']);
  return addresses.length > 0 || only === null ? addresses : [only];
}

function endpointsOf(slice: SeenObject | null): string[] {
  const found = listAt(slice ?? undefined, ['endpoints']).flatMap((endpoint) =>
    listAt(endpoint, ['addresses']).filter((address) => typeof address === 'string'),
  );
  return [...new Set(found)].toSorted(byText);
}

function textsIn(object: SeenObject | null, path: readonly string[]): string[] {
  return listAt(object ?? undefined, path)
    .filter((value) => typeof value === 'string')
    .toSorted(byText);
}
