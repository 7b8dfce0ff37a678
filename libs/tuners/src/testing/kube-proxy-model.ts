import { valueAt, type ChangeOf, type Json, type JsonObject } from '@fairlead/core';
import { parse } from 'yaml';
import { kubeProxyWrites } from '../conntrack/kube-proxy-writes.js';
import type { ConntrackSection } from '../conntrack/kube-proxy.js';
import { bucketsKey, maxKey } from '../conntrack/timeouts.js';
import { isAtLeast } from '../version.js';
import { configuredMode } from '../kube-proxy/configured-mode.js';
import { startsIn } from '../kube-proxy/version-clock.js';
import { isObject } from '../json-reading.js';
import { find, getKey, setKey, type World, type WorldProxy } from './world.js';

/**
 * What a start of kube-proxy does to the kernel of each node it runs on, by version: it sets exactly,
 * or only raises. Throws where it would not start. Source: domain.md 2.1, 2.2.
 */
export function restartKubeProxy(
  world: World,
  { object: daemonSet, nodeByNode }: Pick<ChangeOf<'restart'>, 'object' | 'nodeByNode'>,
): void {
  if (daemonSet.kind !== 'DaemonSet' || daemonSet.name !== 'kube-proxy') return;
  const object = find(world, daemonSet);
  const image = valueAt(object ?? undefined, [
    'spec',
    'template',
    'spec',
    'containers',
    '0',
    'image',
  ]);
  const version = /:v(.*)$/.exec(typeof image === 'string' ? image : '')?.[1] ?? world.version;
  const configMap = find(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'kube-system',
    name: 'kube-proxy',
  });
  const text = valueAt(configMap ?? undefined, ['data', 'config.conf']);
  const config = parse(typeof text === 'string' ? text : '') as Json;
  const section = (valueAt(config, ['conntrack']) ?? {}) as ConntrackSection;
  const configuration = isObject(config) ? config : {};

  for (const node of world.nodes) {
    if (node.os !== 'linux' || !node.ready || node.problem !== null) continue;
    if (node.proxy !== undefined)
      startProxy(node.proxy, configuration, version, nodeByNode?.cleanUp === true);
    for (const [key, wanted] of kubeProxyWrites(section, node.cpus, version)) {
      const now = Number(getKey(world, node.name, key) ?? Number.NaN);
      const raisesOnly = isAtLeast(version, '1.23') && !isAtLeast(version, '1.29');
      const isWritten = raisesOnly ? now < Number(wanted) : now !== Number(wanted);
      if (isWritten && !Number.isNaN(now)) setKey(world, node.name, key, wanted);
      if (key !== maxKey) continue;
      const quarter = Math.floor(Number(wanted) / 4);
      const buckets = Number(getKey(world, node.name, bucketsKey) ?? Infinity);
      const rounded = Math.ceil(quarter / 512) * 512;
      if (buckets < quarter) setKey(world, node.name, bucketsKey, String(rounded));
    }
  }
}

/** Starts in the mode of the configuration, or throws as kube-proxy exits. Source: domain.md 1.2. */
function startProxy(
  proxy: WorldProxy,
  configuration: JsonObject,
  version: string,
  isCleanedUp: boolean,
): void {
  const mode = configuredMode(configuration, version);
  const gates = valueAt(configuration, ['featureGates']);
  if (mode === null || !startsIn(mode, version, isObject(gates) ? gates : {})) {
    throw new Error(`kube-proxy ${version} does not start in ${mode} mode`);
  }
  const { nft, iptables, ipvs } = proxy.support;
  const able = { nftables: nft.usable, iptables: iptables.usable, ipvs: ipvs.usable };
  if (!able[mode]) throw new Error(`the kernel has no ${mode}`);
  const isStuck = [proxy.mode, mode].every((one) => one === 'iptables' || one === 'ipvs');
  if (isStuck && proxy.mode !== mode && !isCleanedUp)
    throw new Error(`rules of ${proxy.mode} mode stay behind`);
  proxy.mode = mode;
}
