import type { InteractionRule } from '../rule.js';
import { encapsulationChange, mtuChange } from '../what-changes.js';

/** Bytes around a packet, over IPv4 and over IPv6. Source: domain.md 5.1. */
const overheads: readonly (readonly [
  word: RegExp,
  title: string,
  ipv4: number,
  ipv6: number | null,
])[] = [
  [/vxlan/i, 'VXLAN', 50, 70],
  [/geneve/i, 'Geneve', 50, 70],
  [/ipip/i, 'IPIP', 20, null],
  [/wireguard/i, 'WireGuard', 60, 80],
];

/**
 * A plan of the MTU rests on the encapsulation that was seen, not on the one that the same profile brings.
 * Packets that no longer fit vanish. Source: domain.md 5.1, 5.3, 6.1.
 */
export const mtuWithEncapsulation: InteractionRule = {
  code: 'mtu-with-encapsulation',
  sentence:
    'An MTU is planned for the encapsulation that is there, so the two change one after the other.',
  source: 'https://docs.tigera.io/calico/latest/networking/configuring/mtu',
  check(profile) {
    const [mtu, encapsulation] = [mtuChange(profile), encapsulationChange(profile)];
    if (mtu === null || encapsulation === null) return [];
    return [
      {
        tuner: encapsulation.tuner,
        how: 'refuse',
        message: `This profile changes the encapsulation and an MTU that was planned for the present one${costText(encapsulation.after, isIpv6(profile.valuesOf('underlay')))}. Put them into two profiles: where the encapsulation grows, the MTU falls first, and pods are replaced, before it does.`,
      },
    ];
  },
};

function isIpv6(underlays: readonly unknown[]): boolean {
  return underlays.includes('ipv6');
}

function costText(after: unknown, overIpv6: boolean): string {
  const text = typeof after === 'string' ? after : '';
  const found = overheads.find(([word]) => word.test(text));
  if (found === undefined) return '';
  const [, title, ipv4, ipv6] = found;
  if (ipv6 === null) return ` (${title} adds ${ipv4} bytes)`;
  return overIpv6
    ? ` (${title} adds ${ipv6} bytes over IPv6, ${ipv4} over IPv4)`
    : ` (${title} adds ${ipv4} bytes over IPv4, ${ipv6} over IPv6)`;
}
