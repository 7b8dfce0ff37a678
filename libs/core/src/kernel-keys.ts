import { z } from 'zod';

/**
 * How far a value written in the host's network namespace reaches (domain.md 3.1):
 * `all-pods` exists once per machine, `new-pods` is copied into a namespace when that is made,
 * `host-only` exists once per namespace and starts from the kernel's default in each.
 */
export type KeyReach = 'all-pods' | 'new-pods' | 'host-only';

const reachByKey = {
  'net.core.busy_poll': 'all-pods',
  'net.core.busy_read': 'all-pods',
  'net.core.default_qdisc': 'all-pods',
  'net.core.netdev_budget': 'all-pods',
  'net.core.netdev_budget_usecs': 'all-pods',
  'net.core.netdev_max_backlog': 'all-pods',
  'net.core.optmem_max': 'host-only',
  'net.core.rmem_default': 'all-pods',
  'net.core.rmem_max': 'all-pods',
  'net.core.somaxconn': 'host-only',
  'net.core.wmem_default': 'all-pods',
  'net.core.wmem_max': 'all-pods',
  'net.ipv4.ip_local_port_range': 'host-only',
  'net.ipv4.ip_local_reserved_ports': 'host-only',
  'net.ipv4.neigh.default.gc_thresh1': 'all-pods',
  'net.ipv4.neigh.default.gc_thresh2': 'all-pods',
  'net.ipv4.neigh.default.gc_thresh3': 'all-pods',
  'net.ipv4.tcp_congestion_control': 'new-pods',
  'net.ipv4.tcp_ecn': 'host-only',
  'net.ipv4.tcp_fin_timeout': 'host-only',
  'net.ipv4.tcp_keepalive_intvl': 'host-only',
  'net.ipv4.tcp_keepalive_probes': 'host-only',
  'net.ipv4.tcp_keepalive_time': 'host-only',
  'net.ipv4.tcp_max_orphans': 'all-pods',
  'net.ipv4.tcp_max_syn_backlog': 'host-only',
  'net.ipv4.tcp_mtu_probing': 'host-only',
  'net.ipv4.tcp_notsent_lowat': 'host-only',
  'net.ipv4.tcp_rmem': 'new-pods',
  'net.ipv4.tcp_slow_start_after_idle': 'host-only',
  'net.ipv4.tcp_syncookies': 'host-only',
  'net.ipv4.tcp_tw_reuse': 'host-only',
  'net.ipv4.tcp_wmem': 'new-pods',
  'net.netfilter.nf_conntrack_buckets': 'all-pods',
  'net.netfilter.nf_conntrack_generic_timeout': 'host-only',
  'net.netfilter.nf_conntrack_icmp_timeout': 'host-only',
  'net.netfilter.nf_conntrack_max': 'all-pods',
  'net.netfilter.nf_conntrack_tcp_be_liberal': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_close': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_close_wait': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_established': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_last_ack': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': 'host-only',
  'net.netfilter.nf_conntrack_tcp_timeout_time_wait': 'host-only',
  'net.netfilter.nf_conntrack_udp_timeout': 'host-only',
  'net.netfilter.nf_conntrack_udp_timeout_stream': 'host-only',
} as const satisfies Record<string, KeyReach>;

/** Every kernel key that Fairlead may write. The agent refuses all others, whoever asks. */
export const kernelKeyNames = Object.keys(reachByKey) as (keyof typeof reachByKey)[];

export const KernelKeyName = z.enum(kernelKeyNames).meta({ id: 'KernelKeyName' });
export type KernelKeyName = z.infer<typeof KernelKeyName>;

/** Keys that are read for evidence and never written. */
export const readOnlyKeyNames = [
  'net.netfilter.nf_conntrack_count',
  'net.ipv4.tcp_available_congestion_control',
  'net.ipv4.tcp_mem',
  'net.ipv4.udp_mem',
] as const;

export const ReadableKeyName = z
  .enum([...kernelKeyNames, ...readOnlyKeyNames])
  .meta({ id: 'ReadableKeyName' });
export type ReadableKeyName = z.infer<typeof ReadableKeyName>;

export function reachOf(key: KernelKeyName): KeyReach {
  return reachByKey[key];
}

/**
 * Where a key lies below /proc/sys. Dots separate folders; no key that we know has a dot inside a
 * folder's name (interface names would, and none is allowed).
 */
export function procPathOf(key: ReadableKeyName): string {
  return key.replaceAll('.', '/');
}

/** Kernel text as we compare it: one space between fields, none around. */
export function kernelText(raw: string): string {
  return raw.trim().replaceAll(/\s+/g, ' ');
}
