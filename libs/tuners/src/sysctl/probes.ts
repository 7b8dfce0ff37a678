import type { ProbeSpec } from '@fairlead/core';

/** Connect latency and the counters that each key is about. Source: domain.md 7.1, 7.2. */
export const sysctlProbes: readonly ProbeSpec[] = [
  { type: 'tcp-crr', via: 'cluster-ip' },
  { type: 'tcp-crr', via: 'direct' },
  { type: 'tcp-rr' },
  { type: 'udp-rr' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  // Accept queues: somaxconn, tcp_max_syn_backlog, tcp_syncookies.
  { type: 'counter', counter: 'TcpExt.ListenOverflows' },
  { type: 'counter', counter: 'TcpExt.ListenDrops' },
  { type: 'counter', counter: 'TcpExt.TCPReqQFullDrop' },
  { type: 'counter', counter: 'TcpExt.TCPReqQFullDoCookies' },
  // Buffers: tcp_rmem, tcp_wmem, rmem_max, wmem_max.
  { type: 'counter', counter: 'TcpExt.TCPRcvCollapsed' },
  { type: 'counter', counter: 'TcpExt.PruneCalled' },
  { type: 'counter', counter: 'TcpExt.TCPBacklogDrop' },
  { type: 'counter', counter: 'Udp.RcvbufErrors' },
  { type: 'counter', counter: 'Udp.SndbufErrors' },
  // Per-CPU queues: netdev_max_backlog, netdev_budget.
  { type: 'counter', counter: 'softnet.dropped' },
  { type: 'counter', counter: 'softnet.time_squeeze' },
  // What any of them may spoil.
  { type: 'counter', counter: 'Tcp.RetransSegs' },
  { type: 'counter', counter: 'TcpExt.TCPSynRetrans' },
  { type: 'counter', counter: 'TcpExt.TCPTimeouts' },
];
