import type { PlanDraft } from '@fairlead/core';
import { planAutoscaler } from './autoscaler.js';
import type { CoreDnsObservation } from './observation.js';
import { planCorefile } from './plan-corefile.js';
import type { CoreDnsSettings } from './settings.js';

/**
 * Plans CoreDNS into the draft. Pure; never throws.
 *
 * @param settings  what is asked of the server
 * @param observed  where it runs, its Corefile, and what scales it
 * Source: domain.md 4.3, 4.4.
 */
export function planCoreDns(
  plan: PlanDraft,
  settings: CoreDnsSettings,
  observed: CoreDnsObservation,
): void {
  if (observed.kind === 'absent') {
    plan.refuse(
      'coredns-absent',
      'No Deployment of kube-system runs CoreDNS. Leave coredns out of the settings.',
    );
    return;
  }
  if (observed.kind === 'elsewhere') {
    plan.refuse(
      'coredns-elsewhere',
      `The cluster’s DNS is configured by ${observed.where}. ${observed.advice}`,
    );
    return;
  }
  const { autoscaler, allowDecrease } = settings;
  planCorefile(plan, settings, observed);
  if (autoscaler !== undefined) planAutoscaler(plan, autoscaler, allowDecrease, observed);
}
