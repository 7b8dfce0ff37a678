import type { KernelKeyName } from '@fairlead/core';

/**
 * Kernel keys that kube-proxy sets at each start from a field of its configuration, by the field's path.
 * Whoever writes the field writes the key. Source: domain.md 1.2, 2.1.
 */
const byField: Readonly<Record<string, KernelKeyName>> = {
  'conntrack.maxPerCore': 'net.netfilter.nf_conntrack_max',
  'conntrack.min': 'net.netfilter.nf_conntrack_max',
  'conntrack.tcpEstablishedTimeout': 'net.netfilter.nf_conntrack_tcp_timeout_established',
  'conntrack.tcpCloseWaitTimeout': 'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
  'conntrack.tcpBeLiberal': 'net.netfilter.nf_conntrack_tcp_be_liberal',
  'conntrack.udpTimeout': 'net.netfilter.nf_conntrack_udp_timeout',
  'conntrack.udpStreamTimeout': 'net.netfilter.nf_conntrack_udp_timeout_stream',
};

/** The key that a path inside kube-proxy's configuration decides; null for every other path. */
export function keyDecidedBy(path: readonly string[]): KernelKeyName | null {
  const field = path.slice(-2).join('.');
  return Object.hasOwn(byField, field) ? (byField[field] ?? null) : null;
}
