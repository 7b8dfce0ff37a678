import type { PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
import { isObject } from '../json-reading.js';
import { isAtLeast } from '../version.js';
import type { KubeProxyObservation } from './observe.js';
import { nftablesKernel } from './preflight.js';
import type { ProxyNode } from './seen-proxy.js';
import { startsIn, type ProxyMode } from './version-clock.js';

/** One restart of every node. */
export interface Hop {
  readonly from: ProxyMode;
  readonly to: ProxyMode;
  /** Whether kube-proxy's own `--cleanup` has to take away what the old mode left. */
  readonly cleanUp: boolean;
}

/**
 * The restarts that lead from one mode to another; none when it stays. A start in nftables mode removes
 * what iptables and ipvs mode left, and a start in one of those removes the nftables tables; between
 * iptables and ipvs nothing is removed, and kube-ipvs0 or stale chains would go on to catch traffic. So
 * the way leads through nftables, where each start cleans up behind the one before, or, where nodes
 * cannot run that, past a clean-up. Source: domain.md 1.3.2.
 */
export function hopsBetween(
  from: ProxyMode,
  to: ProxyMode,
  maySeeNftables: boolean,
): readonly Hop[] {
  if (from === to) return [];
  if (from === 'nftables' || to === 'nftables') return [{ from, to, cleanUp: false }];
  if (!maySeeNftables) return [{ from, to, cleanUp: true }];
  return [
    { from, to: 'nftables', cleanUp: false },
    { from: 'nftables', to, cleanUp: false },
  ];
}

/** Whether every node can pass through nftables mode, and nothing in the cluster would notice. */
export function maySeeNftables(
  { cni, kubeProxy }: KubeProxyObservation,
  nodes: readonly ProxyNode[],
): boolean {
  if (kubeProxy.kind !== 'daemon-set' || cni.name === 'calico' || cni.name === 'aws-vpc-cni') {
    return false;
  }
  const gates = kubeProxy.configuration['featureGates'];
  return (
    startsIn('nftables', kubeProxy.version, isObject(gates) ? gates : {}) &&
    nodes.every(
      ({ kernel, support }) =>
        isAtLeast(kernel, nftablesKernel) &&
        support?.nft.usable === true &&
        support.localhostNodePorts === 0,
    )
  );
}

const switchSource =
  'https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/3866-nftables-proxy';

/**
 * What a switch does to connections, with the number of those that it could cut. Translations that
 * conntrack holds outlive a switch between iptables and nftables; those of IPVS stand in its own table
 * and end with it. Source: domain.md 1.3.3.
 */
export function tellConnections(
  plan: PlanDraft,
  from: ProxyMode,
  to: ProxyMode,
  nodes: readonly ProxyNode[],
): void {
  plan.evidence(switchSource);
  if (from !== 'ipvs' && to !== 'ipvs') {
    plan.touchesConnections('new-delayed');
    plan.note(
      'On each node new connections to Services wait from the start of the new kube-proxy until its first sync: less than a second on small clusters, seconds on very large ones. Established ones go on.',
    );
    return;
  }
  plan.touchesConnections('some-cut');
  const counted = nodes.flatMap(({ name, support }) => {
    const established = support?.connections.established ?? null;
    return established === null ? [] : [{ name, established }];
  });
  const total = counted.reduce((sum, { established }) => sum + established, 0);
  plan.cutsConnections(total);
  for (const { name, established } of counted) {
    plan.evidence(
      `${established} established connections to Services on ${name}, read by its agent`,
    );
  }
  const uncounted = nodes.length - counted.length;
  const rest = uncounted === 0 ? '' : ` On ${uncounted} of the nodes they could not be counted.`;
  plan.warn(
    'connections-cut',
    `IPVS keeps its connections in a table of its own, so entering or leaving ipvs mode can cut established connections through Services: ${total} now (${listed(counted.map((node) => `${node.name} ${node.established}`)) || 'not counted'}).${rest} Drain nodes with long connections first.`,
  );
}
