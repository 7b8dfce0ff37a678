import { parse } from 'yaml';
import {
  ClusterForbidden,
  refOf,
  valueAt,
  type ClusterReader,
  type Json,
  type JsonObject,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import { containersOf, isObject, listAt, numberAt, textAt, textsAt } from '../json-reading.js';
import { platformOf } from '../node-platform.js';
import type { SeenNode } from '../seen-node.js';
import type { ProxyConfigDaemonSet, ProxyConfigView } from './kube-proxy-view.js';
import { configurationOfFlags, flagValue } from './proxy-flags.js';

/**
 * Finds kube-proxy's configuration. One read of its ConfigMap; where no DaemonSet runs it, two lists
 * of pods in kube-system tell static pods from none at all. Source: domain.md 1.5.
 */
export async function observeKubeProxy(
  daemonSets: readonly SeenObject[],
  nodes: readonly SeenNode[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<ProxyConfigView> {
  const distribution = inDistribution(nodes);
  if (distribution !== null) return distribution;
  const found = daemonSets.filter(isKubeProxy);
  const running = found.filter((object) => wantedPods(object) > 0);
  const [only, ...others] = running;
  if (only === undefined) return await withoutDaemonSet(reader, signal);
  if (others.length > 0) {
    const names = running.map(({ metadata }) => metadata.name).join(', ');
    return {
      kind: 'elsewhere',
      where: `several DaemonSets (${names})`,
      advice: 'Whoever made one per node pool, as Gardener does, configures them.',
    };
  }
  return await daemonSetView(only, reader, signal);
}

/** Distributions that run kube-proxy themselves, whatever else the API shows. */
function inDistribution(nodes: readonly SeenNode[]): ProxyConfigView | null {
  const platforms = new Set(nodes.map(platformOf));
  const inside = (where: string, advice: string): ProxyConfigView => ({
    kind: 'elsewhere',
    where,
    advice,
  });
  if (platforms.has('k3s')) {
    return inside(
      'the k3s process of each node',
      'Set kube-proxy-arg in /etc/rancher/k3s/config.yaml.',
    );
  }
  if (platforms.has('rke2')) {
    return inside('a static pod of RKE2', 'Set kube-proxy-arg in /etc/rancher/rke2/config.yaml.');
  }
  if (platforms.has('k0s'))
    return inside('k0s', 'Set spec.network.kubeProxy of the k0s configuration.');
  if (platforms.has('talos')) {
    return inside('the machine configuration of Talos', 'Set it through the Talos API.');
  }
  return null;
}

function isKubeProxy(daemonSet: SeenObject): boolean {
  if (daemonSet.metadata['namespace'] !== 'kube-system') return false;
  const labels = {
    ...textsAt(daemonSet, ['metadata', 'labels']),
    ...textsAt(daemonSet, ['spec', 'template', 'metadata', 'labels']),
  };
  const { name } = daemonSet.metadata;
  if (name === 'kube-proxy' || name.startsWith('kube-proxy-')) return !name.includes('windows');
  return labels['k8s-app'] === 'kube-proxy' || labels['component'] === 'kube-proxy';
}

function wantedPods(daemonSet: SeenObject): number {
  return numberAt(daemonSet, ['status', 'desiredNumberScheduled']) ?? 0;
}

async function withoutDaemonSet(
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<ProxyConfigView> {
  const kind = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system' };
  const selectors = ['k8s-app=kube-proxy', 'component=kube-proxy'];
  const pods = await Promise.all(
    selectors.map((labelSelector) => reader.list(kind, { labelSelector }, signal)),
  );
  if (pods.flat().length === 0) return { kind: 'absent' };
  return {
    kind: 'elsewhere',
    where: 'static pods of the nodes',
    advice: 'Set it where the nodes are configured: the kOps cluster spec, or the provider’s API.',
  };
}

async function daemonSetView(
  daemonSet: SeenObject,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<ProxyConfigView> {
  const container = containersOf(daemonSet).find(
    (candidate) => textAt(candidate, ['name']) === 'kube-proxy',
  );
  const words = [...listAt(container, ['command']), ...listAt(container, ['args'])].filter(
    (word) => typeof word === 'string',
  );
  const common = {
    kind: 'daemon-set',
    object: refOf(daemonSet),
    owner: foreignOwnerOf(daemonSet),
    version: /:v?(\d+\.\d+\.\d+)/.exec(textAt(container, ['image']) ?? '')?.[1] ?? reader.version,
    pods: wantedPods(daemonSet),
    maxUnavailable: maxUnavailableOf(daemonSet),
    updateStrategy: textAt(daemonSet, ['spec', 'updateStrategy', 'type']) ?? 'RollingUpdate',
    nodeSelector: textsAt(daemonSet, ['spec', 'template', 'spec', 'nodeSelector']),
  } as const;

  const path = flagValue(words, '--config');
  if (path === null) return { ...common, configuration: configurationOfFlags(words), config: null };
  const source = configMapBehind(daemonSet, container, path);
  if (source === null) return { kind: 'unreadable', why: `${path} comes from no ConfigMap` };
  return await withConfigMap(common, source, reader, signal);
}

type Common = Omit<ProxyConfigDaemonSet, 'configuration' | 'config'>;

async function withConfigMap(
  common: Common,
  { object, dataKey }: { readonly object: ObjectRef; readonly dataKey: string },
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<ProxyConfigView> {
  const where = `ConfigMap ${object.namespace}/${object.name}`;
  let configMap: SeenObject | null;
  try {
    configMap = await reader.read(object, signal);
  } catch (error) {
    if (!(error instanceof ClusterForbidden)) throw error;
    return { kind: 'unreadable', why: `${where} may not be read` };
  }
  if (configMap === null) return { kind: 'unreadable', why: `${where} does not exist` };
  const text = textAt(configMap, ['data', dataKey]);
  if (text === null) return { kind: 'unreadable', why: `${where} has no ${dataKey}` };
  const configuration = configurationIn(text);
  if (configuration === null)
    return { kind: 'unreadable', why: `${where} ${dataKey} is no KubeProxyConfiguration` };
  const immutable = valueAt(configMap, ['immutable']) === true;
  const owner = foreignOwnerOf(configMap);
  const byKubeadm = fieldManagersOf(configMap).includes('kubeadm');
  return { ...common, configuration, config: { object, dataKey, owner, immutable, byKubeadm } };
}

/** A KubeProxyConfiguration; null for another text. */
function configurationIn(text: string): JsonObject | null {
  try {
    const config = parse(text) as Json;
    return isObject(config) && config['kind'] === 'KubeProxyConfiguration' ? config : null;
  } catch {
    return null;
  }
}

function fieldManagersOf(object: SeenObject): string[] {
  return listAt(object, ['metadata', 'managedFields']).map(
    (entry) => textAt(entry, ['manager']) ?? '',
  );
}

/** The ConfigMap and its member that a file of the container comes from. */
function configMapBehind(
  daemonSet: SeenObject,
  container: Json | undefined,
  path: string,
): { object: ObjectRef; dataKey: string } | null {
  const mount = listAt(container, ['volumeMounts'])
    .map((candidate) => ({
      name: textAt(candidate, ['name']) ?? '',
      folder: (textAt(candidate, ['mountPath']) ?? '').replace(/\/$/, ''),
    }))
    .filter(({ folder }) => folder !== '' && path.startsWith(`${folder}/`))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
  if (mount === undefined) return null;
  const volume = listAt(daemonSet, ['spec', 'template', 'spec', 'volumes']).find(
    (candidate) => textAt(candidate, ['name']) === mount.name,
  );
  const name = textAt(volume, ['configMap', 'name']);
  if (name === null) return null;
  const file = path.slice(mount.folder.length + 1);
  const item = listAt(volume, ['configMap', 'items']).find(
    (candidate) => textAt(candidate, ['path']) === file,
  );
  return {
    object: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name },
    dataKey: textAt(item, ['key']) ?? file,
  };
}

function maxUnavailableOf(daemonSet: SeenObject): string | number {
  const value = valueAt(daemonSet, ['spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable']);
  return typeof value === 'string' || typeof value === 'number' ? value : 1;
}
