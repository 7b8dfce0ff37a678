import { objectText, type PlanDraft } from '@fairlead/core';
import { byText } from '../../by-text.js';
import type { NdotsObservation } from './observation.js';
import { refTo } from './observe.js';
import { planPolicies } from './policy-changes.js';
import type { NdotsSettings } from './settings.js';
import { planTemplate } from './template-changes.js';

/**
 * Plans ndots for named workloads, whose pods are replaced, and for pods that are still to be made. Pure;
 * never throws. Source: domain.md 4.1, 4.2.
 */
export function planNdots(
  plan: PlanDraft,
  settings: NdotsSettings,
  observed: NdotsObservation,
): void {
  const asked = (settings.workloads ?? []).map((one) => ({ ...one, object: refTo(one) }));
  for (const { object, ndots } of asked.toSorted((a, b) =>
    byText(objectText(a.object), objectText(b.object)),
  )) {
    const name = objectText(object);
    const seen = observed.workloads.find((other) => objectText(other.object) === name);
    if (seen === undefined) {
      plan.refuse(
        'workload-not-observed',
        `${name} was not there when the cluster was looked at. Check its name, or create a job: it looks for the workloads that it names.`,
      );
      continue;
    }
    planTemplate(plan, seen, ndots);
  }
  planPolicies(plan, settings.newPods ?? [], observed);
}
