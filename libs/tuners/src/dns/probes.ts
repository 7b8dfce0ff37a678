import type { ProbeSpec } from '@fairlead/core';

/**
 * Lookups from pods: of a name that a cache may have, of one that none can have, of one that does not exist, and
 * the questions that one name costs a new pod; and what a node loses of them. Source: domain.md 4.6, 7.1. */
export const dnsProbes: readonly ProbeSpec[] = [
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.' },
  { type: 'dns', name: 'kubernetes.default.svc.cluster.local.', lookup: 'miss' },
  { type: 'dns', name: 'no-such-service.default.svc.cluster.local.', lookup: 'absent' },
  { type: 'dns-cost', name: 'kubernetes.default.svc.cluster.local' },
  { type: 'counter', counter: 'Udp.RcvbufErrors' },
  { type: 'counter', counter: 'conntrack.insert_failed' },
];
