import type { ClusterNode } from '@fairlead/core';

const zoneLabel = 'topology.kubernetes.io/zone';

/**
 * The order in which nodes become ends of probes: one of each zone, by the zones' names, then a second
 * of each, and so on; by node name within a zone. The first `k` of it cover as many zones as `k` can,
 * and are the same before and after a change.
 */
export function probeNodeOrder(nodes: readonly ClusterNode[]): readonly string[] {
  const zones = new Map<string, string[]>();
  for (const { name, labels } of nodes.toSorted(byName)) {
    const zone = labels[zoneLabel] ?? '';
    zones.set(zone, [...(zones.get(zone) ?? []), name]);
  }
  const byZone = [...zones.keys()].toSorted().map((zone) => zones.get(zone) ?? []);
  const rounds = Math.max(0, ...byZone.map((names) => names.length));
  return Array.from({ length: rounds }, (_, round) => round).flatMap((round) =>
    byZone.flatMap((names) => names.slice(round, round + 1)),
  );
}

function byName(a: ClusterNode, b: ClusterNode): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
