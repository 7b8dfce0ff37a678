import type { JsonObject } from './json.js';
import type { Plan, Refusal, Warning } from './plan.js';
import { joinPlans, PlanDraft } from './plan-draft.js';

/** One tuner's part of a profile: what was asked of it, what it saw, and what it would do. */
export interface PlannedPart {
  readonly tuner: string;
  readonly settings: unknown;
  readonly observation: JsonObject;
  readonly plan: Plan;
}

/** What only shows when the parts are looked at together. */
export interface ProfileFindings {
  readonly warnings: readonly Warning[];
  readonly refusals: readonly Refusal[];
}

/** Looks across the parts of a profile, in the order in which they run. Pure; never throws. */
export type ProfileCheck = (parts: readonly PlannedPart[]) => ProfileFindings;

/**
 * The plan of a whole profile: the tuners' plans one after the other, refused as a whole when one of
 * them is, or when the check finds that they do not go together.
 *
 * @param parts  in the order in which tuners may change a cluster (domain.md 8.1)
 */
export function planProfile(parts: readonly PlannedPart[], check: ProfileCheck): Plan {
  const { warnings, refusals } = check(parts);
  const across: Plan = {
    ...new PlanDraft('profile').finish(),
    warnings: [...warnings],
    refusals: [...refusals],
  };
  return joinPlans([...parts.map(({ plan }) => plan), across]);
}

/** For a profile of one tuner, or where nothing can be known across several. */
export const checkNothing: ProfileCheck = () => ({ warnings: [], refusals: [] });
