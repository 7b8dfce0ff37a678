import type { ReadableKeyName } from '@fairlead/core';

/**
 * What a host has before anybody tunes it (domain.md 3.1 and 2.3), for a kernel since 5.15.
 * Values that the real kernel computes from memory are computed from the simulated node's.
 */
export function defaultKeys(memoryBytes: number): Record<ReadableKeyName, string> {
  const pages = Math.floor(memoryBytes / 4096);
  // RAM/16384 between 1024 and 262144, and as many entries as buckets.
  const buckets = Math.min(262_144, Math.max(1024, Math.floor(memoryBytes / 16_384)));
  const synBacklog = Math.max(128, Math.min(4096, 2 ** Math.floor(Math.log2(pages / 1024))));
  const tcpMem = [3, 4, 6].map((part) => Math.floor((pages * part) / 64)).join(' ');
  return {
    'net.core.busy_poll': '0',
    'net.core.busy_read': '0',
    'net.core.default_qdisc': 'pfifo_fast',
    'net.core.netdev_budget': '300',
    'net.core.netdev_budget_usecs': '2000',
    'net.core.netdev_max_backlog': '1000',
    'net.core.optmem_max': '131072',
    'net.core.rmem_default': '212992',
    'net.core.rmem_max': '212992',
    'net.core.somaxconn': '4096',
    'net.core.wmem_default': '212992',
    'net.core.wmem_max': '212992',
    'net.ipv4.ip_local_port_range': '32768 60999',
    'net.ipv4.ip_local_reserved_ports': '',
    'net.ipv4.neigh.default.gc_thresh1': '128',
    'net.ipv4.neigh.default.gc_thresh2': '512',
    'net.ipv4.neigh.default.gc_thresh3': '1024',
    'net.ipv4.tcp_congestion_control': 'cubic',
    'net.ipv4.tcp_ecn': '2',
    'net.ipv4.tcp_fin_timeout': '60',
    'net.ipv4.tcp_keepalive_intvl': '75',
    'net.ipv4.tcp_keepalive_probes': '9',
    'net.ipv4.tcp_keepalive_time': '7200',
    'net.ipv4.tcp_max_orphans': String(Math.max(8192, Math.floor(pages / 32))),
    'net.ipv4.tcp_max_syn_backlog': String(synBacklog),
    'net.ipv4.tcp_mtu_probing': '0',
    'net.ipv4.tcp_notsent_lowat': '4294967295',
    'net.ipv4.tcp_rmem': '4096 131072 6291456',
    'net.ipv4.tcp_slow_start_after_idle': '1',
    'net.ipv4.tcp_syncookies': '1',
    'net.ipv4.tcp_tw_reuse': '2',
    'net.ipv4.tcp_wmem': '4096 16384 4194304',
    'net.netfilter.nf_conntrack_buckets': String(buckets),
    'net.netfilter.nf_conntrack_generic_timeout': '600',
    'net.netfilter.nf_conntrack_icmp_timeout': '30',
    'net.netfilter.nf_conntrack_max': String(buckets),
    'net.netfilter.nf_conntrack_tcp_be_liberal': '0',
    'net.netfilter.nf_conntrack_tcp_timeout_close': '10',
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait': '60',
    'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
    'net.netfilter.nf_conntrack_tcp_timeout_fin_wait': '120',
    'net.netfilter.nf_conntrack_tcp_timeout_last_ack': '30',
    'net.netfilter.nf_conntrack_tcp_timeout_syn_recv': '60',
    'net.netfilter.nf_conntrack_tcp_timeout_syn_sent': '120',
    'net.netfilter.nf_conntrack_tcp_timeout_time_wait': '120',
    'net.netfilter.nf_conntrack_udp_timeout': '30',
    'net.netfilter.nf_conntrack_udp_timeout_stream': '120',
    'net.netfilter.nf_conntrack_count': '0',
    'net.ipv4.tcp_available_congestion_control': 'reno cubic bbr',
    'net.ipv4.tcp_mem': tcpMem,
    'net.ipv4.udp_mem': tcpMem,
  };
}

/** Global keys that a pod's namespace shows, read-only; other global keys are not there (stack.md 4). */
export const shownInPods: ReadonlySet<ReadableKeyName> = new Set([
  'net.core.rmem_default',
  'net.core.rmem_max',
  'net.core.wmem_default',
  'net.core.wmem_max',
  'net.netfilter.nf_conntrack_buckets',
  'net.netfilter.nf_conntrack_max',
]);
