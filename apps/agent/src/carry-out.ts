import { readFile } from 'node:fs/promises';
import { availableParallelism, networkInterfaces, release, totalmem } from 'node:os';
import type { AgentAnswer, AgentMode, AgentOrder, Json } from '@fairlead/core';
import { readCounters } from './counters/read-counters.js';
import { KeyRefused, type KernelFiles } from './keys/kernel-files.js';
import { readListeners } from './listeners.js';
import { readMetrics } from './metrics/read-metrics.js';
import { readLinks } from './paths/links.js';
import type { PathListener } from './paths/listen.js';
import { pathMtu } from './paths/path-mtu.js';
import { readPodKeys, readPodLinks } from './pods.js';
import { runProbe } from './probes/run-probe.js';
import { readKubeProxy } from './proxy/kube-proxy.js';
import { readProxyRules } from './proxy/read-rules.js';
import { readProxySupport } from './proxy/read-support.js';
import { readPodResolvers } from './resolver/pod-resolvers.js';
import { readOwnResolver } from './resolver/resolv-conf.js';

export interface AgentSelf {
  readonly node: string;
  readonly mode: AgentMode;
  readonly version: string;
  readonly keys: KernelFiles;
  readonly mayReadPods: boolean;
  readonly mayReadProxy: boolean;
  readonly listener: PathListener;
}

/** Does one order and gives its answer. What cannot be done throws an error with a code. */
export async function carryOut(order: AgentOrder, self: AgentSelf): Promise<Json> {
  switch (order.do) {
    case 'hello':
      return await introduce(self);
    case 'ping':
    case 'bye':
      return {};
    case 'read-keys':
      return {
        bootId: await bootId(),
        readings: await Promise.all(order.keys.map((key) => self.keys.read(key))),
      };
    case 'write-key':
      if (self.mode !== 'host') throw new KeyRefused('not-allowed', 'This agent only reads.');
      return {
        bootId: await bootId(),
        ...(await self.keys.write(order.key, order.value, order.expect)),
      };
    case 'read-counters':
      return { bootId: await bootId(), counters: await readCounters() };
    case 'read-pod-keys':
      refuseUnlessReader(self);
      return await readPodKeys(order.podUids, order.keys);
    case 'read-resolver':
      return await readOwnResolver();
    case 'read-pod-resolvers':
      refuseUnlessReader(self);
      return await readPodResolvers(order.podUids);
    case 'read-listeners':
      return await readListeners(order.ports);
    case 'read-links':
      return { links: await readLinks() };
    case 'read-pod-links':
      refuseUnlessReader(self);
      return await readPodLinks(order.podUids);
    case 'path-listen':
      return { targets: await self.listener.listen(order.addresses, order.seconds) };
    case 'path-mtu':
      return { paths: await pathMtu(order) };
    case 'read-kube-proxy':
      return await readKubeProxy();
    case 'read-proxy-rules':
    case 'read-proxy-support':
      if (!self.mayReadProxy)
        throw new KeyRefused('not-allowed', "This agent may not look at kube-proxy's rules.");
      return order.do === 'read-proxy-rules' ? await readProxyRules() : await readProxySupport();
    case 'read-metrics':
      return await readMetrics(order);
    case 'probe':
      return await runProbe(order.probe);
  }
}

function refuseUnlessReader({ mayReadPods }: AgentSelf): void {
  if (!mayReadPods) throw new KeyRefused('not-allowed', 'This agent may not look into pods.');
}

async function introduce({ node, mode, version }: AgentSelf): Promise<AgentAnswer<'hello'>> {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal }) => !internal)
    .map(({ address }) => address);
  return {
    node,
    mode,
    version,
    kernel: release(),
    bootId: await bootId(),
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    addresses,
  };
}

/** Changes with every boot of the machine: what was written before one is gone after it. */
async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
