import { PlanDraft, type Plan } from '@fairlead/core';
import { planHost } from './host-changes.js';
import type { SysctlObservation } from './observe.js';
import { planPods } from './pod-changes.js';
import type { SysctlSettings } from './settings.js';

/**
 * Plans kernel keys on the hosts of one cluster and in the pods of named workloads. Pure; never throws.
 *
 * @param settings  what is asked per key: exactly a value, or at least one
 * @param observed  every node's value of every key, who else writes keys, what of ours persists
 * @returns         `node` changes by key, then our DaemonSet, then the workloads; none where all agree.
 *                  A refusal leaves the plan without changes.
 * Source: domain.md 3.1 (which namespaces a key reaches), 3.2 (pods), 3.3 (hazards), 8.4 (owners).
 */
export function planSysctl(settings: SysctlSettings, observed: SysctlObservation): Plan {
  const plan = new PlanDraft('sysctl');
  if (Object.keys(settings.host ?? {}).length > 0) planHost(plan, settings, observed);
  planPods(plan, settings, observed);
  return plan.finish();
}
