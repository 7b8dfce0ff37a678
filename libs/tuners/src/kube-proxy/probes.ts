import type { ProbeSpec } from '@fairlead/core';

/**
 * New connections through a ClusterIP decide: they walk the rules, established ones do not. The same
 * connections straight to the pod are the guardrail. Source: domain.md 1.7, 7.1.
 */
export const kubeProxyProbes: readonly ProbeSpec[] = [
  { type: 'tcp-crr', via: 'cluster-ip' },
  { type: 'tcp-crr', via: 'direct' },
  { type: 'tcp-rr' },
  { type: 'udp-rr' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  { type: 'counter', counter: 'TcpExt.TCPSynRetrans' },
  { type: 'counter', counter: 'Tcp.EstabResets' },
  { type: 'counter', counter: 'TcpExt.TCPTimeouts' },
  { type: 'counter', counter: 'conntrack.invalid' },
  { type: 'counter', counter: 'conntrack.insert_failed' },
];
