import type { ProbeSpec } from '@fairlead/core';

/**
 * The counters that prove exhaustion decide; connect latency must not suffer. Connections through a
 * ClusterIP are translated, and direct ones are tracked all the same. Source: domain.md 2.4, 7.1.
 */
export const conntrackProbes: readonly ProbeSpec[] = [
  { type: 'counter', counter: 'conntrack.drop' },
  { type: 'counter', counter: 'conntrack.early_drop' },
  { type: 'counter', counter: 'conntrack.insert_failed' },
  { type: 'counter', counter: 'conntrack.search_restart' },
  { type: 'counter', counter: 'conntrack.invalid' },
  { type: 'counter', counter: 'conntrack.count' },
  { type: 'tcp-crr', via: 'cluster-ip' },
  { type: 'tcp-crr', via: 'direct' },
  { type: 'tcp-rr' },
  { type: 'udp-rr' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  { type: 'counter', counter: 'TcpExt.TCPSynRetrans' },
  { type: 'counter', counter: 'Tcp.EstabResets' },
];
