import type { Encapsulation } from './seen-cni.js';

type Kind = Encapsulation['kind'];

/**
 * Bytes that a packet grows by, for an outer packet of IPv4 and of IPv6. IPsec depends on the cipher:
 * what Cilium and flannel reserve. `unknown` has none that could be told.
 * Source: domain.md 5.1.
 */
const overheads: Readonly<Record<Exclude<Kind, 'unknown'>, readonly [ipv4: number, ipv6: number]>> =
  {
    vxlan: [50, 70],
    geneve: [50, 70],
    ipip: [20, 40],
    wireguard: [60, 80],
    ipsec: [77, 97],
    udp: [28, 48],
  };

/** Bytes of one encapsulation on the wire; null when it is not known what it is. */
export function overheadBytes({ kind, underlay }: Encapsulation): number | null {
  if (kind === 'unknown') return null;
  const [ipv4, ipv6] = overheads[kind];
  return underlay === 'ipv4' ? ipv4 : ipv6;
}

/**
 * What a pod's packet may grow by at most. Encapsulations are alternatives, but for a tunnel inside
 * encryption (`stacked`), as Cilium does it: those add up. Null when one of them is not known.
 */
export function largestOverheadBytes(
  encapsulations: readonly Encapsulation[],
  how: 'alternatives' | 'stacked' = 'alternatives',
): number | null {
  let bytes = 0;
  for (const encapsulation of encapsulations) {
    const own = overheadBytes(encapsulation);
    if (own === null) return null;
    bytes = how === 'stacked' ? bytes + own : Math.max(bytes, own);
  }
  return bytes;
}
