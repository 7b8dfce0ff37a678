import type { Finding } from '@fairlead/core';
import { adviseCoreDns } from './coredns/advise.js';
import { adviseNodeLocal } from './node-local/advise.js';
import type { DnsObservation } from './observe.js';
import { adviseNdots } from './workloads/advise.js';

/** What each part makes of what it saw. Pure; never throws. */
export function adviseDns(observed: DnsObservation): readonly Finding[] {
  return [
    ...adviseCoreDns(observed.coredns),
    ...(observed.nodeLocal === null ? [] : adviseNodeLocal(observed.nodeLocal)),
    ...(observed.ndots === null ? [] : adviseNdots(observed.ndots)),
  ];
}
