import { valueAt, type Json, type ObjectRef } from '@fairlead/core';
import { parse } from 'yaml';
import { kubeProxyWrites } from '../conntrack/kube-proxy-writes.js';
import type { ConntrackSection } from '../conntrack/kube-proxy.js';
import { bucketsKey, maxKey } from '../conntrack/timeouts.js';
import { isAtLeast } from '../version.js';
import { find, getKey, setKey, type World } from './world.js';

/**
 * What a start of kube-proxy does to the kernel of each node it runs on, by version: it sets exactly,
 * or only raises. Throws where it would not start. Source: domain.md 2.1, 2.2.
 */
export function restartKubeProxy(world: World, daemonSet: ObjectRef): void {
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

  for (const node of world.nodes) {
    if (node.os !== 'linux' || !node.ready || node.problem !== null) continue;
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
