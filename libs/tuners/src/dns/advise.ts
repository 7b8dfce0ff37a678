import type { Finding } from '@fairlead/core';
import { adviseCoreDns } from './coredns/advise.js';
import type { DnsObservation } from './observe.js';

/** What each part makes of what it saw. Pure; never throws. */
export function adviseDns(observed: DnsObservation): readonly Finding[] {
  return [...adviseCoreDns(observed.coredns)];
}
