import { leastMtuBytes } from '@fairlead/core';
import { byName, listed } from '../by-text.js';
import type { MtuNode, MtuObservation } from './observe.js';
import { familiesOf, needsOf, type Need } from './overhead.js';
import { leastBytes } from './path-digest.js';

/** What is wanted of one family, and what its paths carry; null where nobody measured any. */
export interface Bound extends Need {
  readonly carriesBytes: number | null;
}

/** Nodes that take part, by name, as far as anybody can tell: Linux, Ready, and both agents answered. */
export function reachable(observed: MtuObservation): readonly MtuNode[] {
  return observed.nodes.filter((node) => whyUnreached(node) === null).toSorted(byName);
}

export function whyUnreached({ os, ready, problem, newPodMtuBytes }: MtuNode): string | null {
  if (os === 'windows') return 'runs Windows';
  if (!ready) return 'is not Ready';
  if (problem !== null) return `did not answer (${problem})`;
  return newPodMtuBytes === null ? 'started no pod with a link' : null;
}

/**
 * What each family's paths carry: the narrowest path, and no more than the narrowest uplink, since a
 * node may only just have joined. Null where an encapsulation is not known.
 */
export function boundsOf(observed: MtuObservation): readonly Bound[] | null {
  const uplinks = reachable(observed).flatMap(({ uplink }) => uplink?.mtuBytes ?? []);
  const narrowestLink = uplinks.reduce((least, bytes) => Math.min(least, bytes), Infinity);
  const isAlone = reachable(observed).length < 2;
  const needs = needsOf(observed.cni);
  if (needs === null) return null;
  return needs.map((need) => {
    const least = leastBytes(observed.hostPaths, need.family);
    // One node alone has no path to prove.
    const carries = least ?? (isAlone ? Infinity : null);
    const carriesBytes = carries === null ? null : Math.min(carries, narrowestLink);
    return { ...need, carriesBytes: Number.isFinite(carriesBytes) ? carriesBytes : null };
  });
}

/** The largest MTU that pods may have on these paths; null where one of them is not proved. */
export function largestPodMtu(bounds: readonly Bound[]): number | null {
  let most = Infinity;
  for (const { carriesBytes, overheadBytes } of bounds) {
    if (carriesBytes === null) return null;
    most = Math.min(most, carriesBytes - overheadBytes);
  }
  return Number.isFinite(most) && most > 0 ? most : null;
}

/** The least that pods' links have to take. */
export function leastPodMtu({ cni }: MtuObservation): number {
  return familiesOf(cni).includes('ipv6') ? leastMtuBytes.ipv6 : leastMtuBytes.ipv4;
}

/** What new pods have now, by MTU: the nodes' names. */
export function newPodMtus(observed: MtuObservation): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, string[]>();
  for (const { name, newPodMtuBytes } of reachable(observed)) {
    if (newPodMtuBytes === null) continue;
    groups.set(newPodMtuBytes, [...(groups.get(newPodMtuBytes) ?? []), name]);
  }
  return new Map([...groups].toSorted(([a], [b]) => a - b));
}

/** `1450 on n1 and n2`. */
export function mtusText(groups: ReadonlyMap<number, readonly string[]>): string {
  return [...groups].map(([mtu, nodes]) => `${mtu} on ${listed(nodes)}`).join(', ');
}
