import type { ProbeSpec } from '@fairlead/core';

/** Lookups from pods, and what a node loses of them. Source: domain.md 4.6, 7.1. */
export const dnsProbes: readonly ProbeSpec[] = [
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  { type: 'counter', counter: 'Udp.RcvbufErrors' },
  { type: 'counter', counter: 'conntrack.insert_failed' },
];
