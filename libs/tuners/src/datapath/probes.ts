import type { ProbeSpec } from '@fairlead/core';

/**
 * New connections through a Service and straight to the pod (their difference is what Services cost),
 * round trips over a connection that stays open, and what a broken path shows first. Source: domain.md 7.1.
 */
export const datapathProbes: readonly ProbeSpec[] = [
  { type: 'tcp-crr', via: 'cluster-ip' },
  { type: 'tcp-crr', via: 'direct' },
  { type: 'tcp-rr' },
  { type: 'udp-rr' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  { type: 'counter', counter: 'TcpExt.TCPSynRetrans' },
  { type: 'counter', counter: 'TcpExt.TCPTimeouts' },
  { type: 'counter', counter: 'Tcp.RetransSegs' },
  { type: 'counter', counter: 'Tcp.EstabResets' },
  { type: 'counter', counter: 'Ip.FragFails' },
  { type: 'counter', counter: 'softnet.dropped' },
];
