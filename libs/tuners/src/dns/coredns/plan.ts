import { corefileValue, isCorefileProblem, parseCorefile, type PlanDraft } from '@fairlead/core';
import { planAutoscaler } from './autoscaler.js';
import type { CoreDnsDeployment, CoreDnsObservation } from './observation.js';
import { planCorefile } from './plan-corefile.js';
import { serverBlocks } from './server-block.js';
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
  const { autoscaler, allowDecrease, lameduckSeconds = 0 } = settings;
  planCorefile(plan, settings, observed);
  if (autoscaler !== undefined) {
    const staysForAWhile = lameduckSeconds > 0 || hasLameduck(observed);
    planAutoscaler(plan, autoscaler, { allowDecrease, staysForAWhile }, observed);
  }
}

/** In whatever block: it is the process that stays. */
function hasLameduck({ corefile }: CoreDnsDeployment): boolean {
  const file = parseCorefile('unreadable' in corefile ? '' : corefile.text);
  if (isCorefileProblem(file)) return false;
  return serverBlocks(file).some(
    ({ label }) => corefileValue(file, [label, 'health', 'lameduck']) !== undefined,
  );
}
