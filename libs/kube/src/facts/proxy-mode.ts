import {
  ClusterForbidden,
  objectText,
  Unacceptable,
  valueAt,
  type ClusterFacts,
  type Json,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { basename, dirname } from 'node:path/posix';
import { parseText } from '../edits/document-text.js';
import { textAt } from '../objects/text-at.js';
import { commandLine, flagValue, runsPods } from './daemon-sets.js';

export type ProxyMode = Pick<ClusterFacts, 'proxyMode' | 'proxyModeSource'>;

export interface ProxyModeInputs {
  readonly daemonSets: readonly SeenObject[];
  readonly nodes: readonly SeenObject[];
  readonly readConfigMap: (ref: ObjectRef) => Promise<SeenObject | null>;
  /** Pods of kube-system that carry a kube-proxy label: static pods have no DaemonSet. */
  readonly proxyPods: () => Promise<readonly SeenObject[]>;
}

/**
 * kube-proxy's mode as its own configuration says it. An empty mode is told as `unknown`, never as
 * iptables: the default depends on the version, and only the proxy itself knows what it chose.
 * Source: domain.md 1.5.
 */
export async function detectProxyMode(inputs: ProxyModeInputs): Promise<ProxyMode> {
  const proxies = inputs.daemonSets.filter(isKubeProxy);
  const running = proxies.find(runsPods);
  if (running !== undefined) {
    const spec = valueAt(running, ['spec', 'template', 'spec']);
    return await modeOfPodSpec(spec, running.metadata, inputs.readConfigMap);
  }
  const replaced = await replacement(inputs);
  if (replaced !== null) return replaced;
  if (proxies.length > 0)
    return { proxyMode: 'none', proxyModeSource: 'kube-proxy is kept off every node' };

  const pod = (await inputs.proxyPods())[0];
  if (pod !== undefined) {
    return await modeOfPodSpec(valueAt(pod, ['spec']), pod.metadata, inputs.readConfigMap);
  }
  const inProcess = inputs.nodes
    .map((node) => /\+(k3s|k0s)/.exec(textAt(node, ['status', 'nodeInfo', 'kubeletVersion']))?.[1])
    .find((vendor) => vendor !== undefined);
  return inProcess === undefined
    ? { proxyMode: 'none', proxyModeSource: 'there is no kube-proxy in kube-system' }
    : {
        proxyMode: 'unknown',
        proxyModeSource: `kube-proxy runs inside ${inProcess}, which shows no configuration`,
      };
}

function isKubeProxy({ metadata }: SeenObject): boolean {
  const labels = metadata['labels'];
  return (
    metadata['namespace'] === 'kube-system' &&
    (/^kube-proxy(-|$)/.test(metadata.name) ||
      valueAt(labels, ['k8s-app']) === 'kube-proxy' ||
      valueAt(labels, ['component']) === 'kube-proxy')
  );
}

/** What does the work of kube-proxy in its stead. */
async function replacement({
  daemonSets,
  readConfigMap,
}: ProxyModeInputs): Promise<ProxyMode | null> {
  const names = new Set(daemonSets.filter(runsPods).map(({ metadata }) => metadata.name));
  for (const name of ['ovnkube-node', 'anetd']) {
    if (names.has(name))
      return { proxyMode: 'none', proxyModeSource: `DaemonSet ${name} does its work` };
  }
  if (names.has('cilium')) {
    const ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'kube-system',
      name: 'cilium-config',
    };
    const config = await orForbidden(readConfigMap(ref));
    if (config === 'forbidden') return unknown(`${objectText(ref)} may not be read`);
    const value = valueAt(config ?? undefined, ['data', 'kube-proxy-replacement']);
    if (value === 'true' || value === 'strict') {
      return {
        proxyMode: 'none',
        proxyModeSource: `${objectText(ref)} kube-proxy-replacement is ${value}`,
      };
    }
  }
  return null;
}

async function modeOfPodSpec(
  spec: Json | undefined,
  owner: SeenObject['metadata'],
  readConfigMap: ProxyModeInputs['readConfigMap'],
): Promise<ProxyMode> {
  const words = commandLine(spec);
  const configPath = flagValue(words, 'config');
  if (configPath === undefined) {
    return named(flagValue(words, 'proxy-mode'), `the arguments of ${owner.name}`);
  }
  // With a configuration file kube-proxy ignores its other flags.
  const place = configMapBehind(spec, configPath);
  if (place === null) return unknown(`${configPath} of ${owner.name} comes from no ConfigMap`);
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kube-system', name: place.name };
  const where = `${objectText(ref)} ${place.key}`;
  const config = await orForbidden(readConfigMap(ref));
  if (config === 'forbidden') return unknown(`${where} may not be read`);
  const text = valueAt(config ?? undefined, ['data', place.key]);
  if (typeof text !== 'string') return unknown(`${where} does not exist`);
  try {
    return named(valueAt(parseText(text, 'yaml'), ['mode']), where);
  } catch (error) {
    if (error instanceof Unacceptable) return unknown(`${where} is no readable YAML`);
    throw error;
  }
}

async function orForbidden<T>(reading: Promise<T>): Promise<T | 'forbidden'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ClusterForbidden) return 'forbidden';
    throw error;
  }
}

/** Which ConfigMap, and which key of it, a path inside the container shows. */
function configMapBehind(
  spec: Json | undefined,
  path: string,
): { name: string; key: string } | null {
  for (const container of items(valueAt(spec, ['containers']))) {
    for (const mount of items(valueAt(container, ['volumeMounts']))) {
      const mountPath = textAt(mount, ['mountPath']).replace(/\/+$/, '');
      if (mountPath !== dirname(path)) continue;
      const volume = items(valueAt(spec, ['volumes'])).find(
        (candidate) => valueAt(candidate, ['name']) === valueAt(mount, ['name']),
      );
      const name = valueAt(volume, ['configMap', 'name']);
      if (typeof name !== 'string') continue;
      const item = items(valueAt(volume, ['configMap', 'items'])).find(
        (candidate) => valueAt(candidate, ['path']) === basename(path),
      );
      const key = valueAt(item, ['key']);
      return { name, key: typeof key === 'string' ? key : basename(path) };
    }
  }
  return null;
}

function named(mode: Json | undefined, where: string): ProxyMode {
  if (mode === 'iptables' || mode === 'nftables' || mode === 'ipvs') {
    return { proxyMode: mode, proxyModeSource: where };
  }
  return unknown(`${where} leaves the mode to kube-proxy's own default`);
}

function unknown(because: string): ProxyMode {
  return { proxyMode: 'unknown', proxyModeSource: because };
}

function items(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
