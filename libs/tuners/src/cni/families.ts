import type { IpFamily } from './seen-cni.js';

/** Family of an address or a CIDR. */
export function familyOf(address: string): IpFamily {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** Families of CIDRs, IPv4 first; empty entries count for nothing. */
export function familiesOf(cidrs: readonly string[]): IpFamily[] {
  const found = new Set(cidrs.filter((cidr) => cidr !== '').map(familyOf));
  return (['ipv4', 'ipv6'] as const).filter((family) => found.has(family));
}
