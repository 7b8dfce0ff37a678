import { type PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { SysctlKey } from './catalogue.js';
import { portsOf, portsText, uncovered, type PortRange } from './growth.js';

/**
 * Ports of a Kubernetes node below 32768 that outgoing connections must not take: etcd, the API
 * server, NodePorts (the API server's default range), and the kubelet's and its neighbours'.
 * Source: domain.md 3.3.
 */
const kubernetesPorts: readonly PortRange[] = [
  [2379, 2381],
  [6443, 6443],
  [10_248, 10_259],
  [30_000, 32_767],
];

/** Refuses an ephemeral range that meets Kubernetes' own ports while nothing reserves those. */
export function tellUnreservedPorts(
  plan: PlanDraft,
  nodes: readonly SeenNode[],
  valueAfter: (node: SeenNode, key: SysctlKey) => string | null,
): void {
  const unreserved = new Map<string, string[]>();
  const widened: string[] = [];
  for (const node of nodes) {
    const range = valueAfter(node, 'net.ipv4.ip_local_port_range');
    if (range === null || range === node.values['net.ipv4.ip_local_port_range']) continue;
    const [first = 0, last = 0] = range.split(' ').map(Number);
    const met = kubernetesPorts.flatMap(([low, high]): PortRange[] => {
      const meeting: PortRange = [Math.max(low, first), Math.min(high, last)];
      return meeting[0] <= meeting[1] ? [meeting] : [];
    });
    if (first < 32_768) widened.push(node.name);
    const reserved = portsOf(valueAfter(node, 'net.ipv4.ip_local_reserved_ports') ?? '');
    const open = portsText(uncovered(met, reserved));
    if (open !== '') unreserved.set(open, [...(unreserved.get(open) ?? []), node.name]);
  }

  for (const [open, names] of [...unreserved].toSorted(([a], [b]) => byText(a, b))) {
    plan.refuse(
      'port-range-unreserved',
      `An outgoing connection of ${listed(names)} could take ports that Kubernetes listens on or hands out (${open}). Start net.ipv4.ip_local_port_range at 32768, or also ask for net.ipv4.ip_local_reserved_ports with ${open} and every other port that something on the hosts listens on.`,
      { nodes: names },
    );
  }
  if (widened.length > 0 && unreserved.size === 0) {
    plan.warn(
      'port-range-low',
      `Ports below 32768 are used by servers on the hosts. Those of Kubernetes are reserved; see that every other listening port (ss -lntu) is in ip_local_reserved_ports too.`,
      widened,
    );
  }
}
