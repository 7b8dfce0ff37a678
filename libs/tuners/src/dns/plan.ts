import { PlanDraft, type Plan } from '@fairlead/core';
import { planCoreDns } from './coredns/plan.js';
import { planNodeLocal } from './node-local/plan.js';
import { refuseAutopath } from './node-local/preflight.js';
import type { DnsObservation } from './observe.js';
import type { DnsSettings } from './settings.js';
import { planNdots } from './workloads/plan.js';

/**
 * Plans the parts that are asked for, in the order in which they disturb least: the server's configuration
 * and number, then the node-local cache, then what makes workloads roll. Pure; never throws.
 *
 * @param settings  one member for each part
 * @param observed  what every part saw, asked for or not
 * @returns         the changes of all parts; none when one of them refuses
 * Source: domain.md 4, 8.1.
 */
export function planDns(settings: DnsSettings, observed: DnsObservation): Plan {
  const draft = new PlanDraft('dns');
  if (settings.coredns !== undefined) planCoreDns(draft, settings.coredns, observed.coredns);
  const { nodeLocal, ndots } = settings;
  if (nodeLocal !== undefined && observed.nodeLocal !== null) {
    if (settings.coredns?.autopath === true) refuseAutopath(draft);
    planNodeLocal(draft, nodeLocal, observed.nodeLocal);
  }
  if (ndots !== undefined && observed.ndots !== null) planNdots(draft, ndots, observed.ndots);
  return draft.finish();
}
