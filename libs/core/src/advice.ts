import type { Finding } from './finding.js';
import type { JsonObject } from './json.js';
import type { Tuner } from './tuner.js';

/** What one tuner saw of a cluster, as it was stored. */
export interface SeenByTuner {
  readonly tuner: string;
  readonly observation: JsonObject;
}

/** A parameter that nothing can be said about, and why. */
export interface UnseenParameter {
  readonly parameter: string;
  readonly tuner: string;
  /** `not-observed`: the tuner has not looked yet; `not-readable`: it looked and could not see. */
  readonly reason: 'not-observed' | 'not-readable';
  readonly why: string;
}

export interface Advice {
  /** What to act on first; then in the order in which tuners may change a cluster. */
  readonly findings: readonly Finding[];
  readonly unseen: readonly UnseenParameter[];
}

const urgency = ['act', 'consider', 'unknown', 'leave-alone'] as const;

/**
 * What the stored observations of one cluster suggest. Pure. A tuner whose observation is missing, or no
 * longer fits what it understands, has seen nothing.
 *
 * @param tuners  in the order in which they may change a cluster
 */
export function adviseFrom(tuners: readonly Tuner[], seen: readonly SeenByTuner[]): Advice {
  const findings: Finding[] = [];
  const unseen: UnseenParameter[] = [];
  for (const tuner of tuners) {
    const row = seen.find((each) => each.tuner === tuner.name);
    const observed = tuner.observation.safeParse(row?.observation);
    if (row === undefined || !observed.success) {
      const why = `The tuner ${tuner.name} has not observed the cluster yet.`;
      for (const { name } of tuner.parameters) {
        unseen.push({ parameter: name, tuner: tuner.name, reason: 'not-observed', why });
      }
      continue;
    }
    const told = tuner.advise?.(observed.data) ?? [];
    findings.push(...told);
    for (const { verdict, parameters, message } of told) {
      if (verdict !== 'unknown') continue;
      for (const parameter of parameters) {
        unseen.push({ parameter, tuner: tuner.name, reason: 'not-readable', why: message });
      }
    }
  }
  return {
    findings: findings.toSorted((a, b) => urgency.indexOf(a.verdict) - urgency.indexOf(b.verdict)),
    unseen,
  };
}
