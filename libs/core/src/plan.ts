import { z } from 'zod';
import { Change } from './change.js';
import { canonicalJson } from './json.js';

/** A planner's no: `code` is stable, `message` tells the user what to do. */
export const Refusal = z
  .strictObject({
    tuner: z.string(),
    code: z.string(),
    message: z.string(),
    nodes: z.array(z.string()).optional(),
    /** The same change for whoever owns the parameter: a patch of its source. */
    patch: z.string().optional(),
  })
  .meta({ id: 'Refusal' });
export type Refusal = z.infer<typeof Refusal>;

/** Something the user should know before it runs; it stops nothing. */
export const Warning = z
  .strictObject({
    tuner: z.string(),
    code: z.string(),
    message: z.string(),
    nodes: z.array(z.string()).optional(),
  })
  .meta({ id: 'Warning' });
export type Warning = z.infer<typeof Warning>;

/** What a plan touches, for the card that is read before an approval. */
export const BlastRadius = z
  .strictObject({
    nodesWritten: z.array(z.string()),
    objectsWritten: z.array(z.string()),
    workloadsRestarted: z.array(z.string()),
    podsRestarted: z.int().nonnegative(),
    /** Nodes on which something that carries their traffic is restarted, one after the other as a rule. */
    nodesRolled: z.array(z.string()).default([]),
    connections: z.enum(['none-cut', 'new-delayed', 'some-cut']),
    /** How many connections are cut, as counted when the cluster was observed; null when nobody could count. */
    connectionsCut: z.int().nonnegative().nullable().default(null),
    /** Whether lookups may fail or wait for a moment. */
    dns: z.enum(['none', 'blip-expected']).default('none'),
    survivesReboot: z.boolean(),
    notes: z.array(z.string()),
    /** What the figures rest on: readings with their place, and addresses of documents. */
    evidence: z.array(z.string()).default([]),
  })
  .meta({ id: 'BlastRadius' });
export type BlastRadius = z.infer<typeof BlastRadius>;

/** What one tuner, or a whole profile, would do to one cluster. Without changes there is nothing to do. */
export const Plan = z
  .strictObject({
    changes: z.array(Change),
    warnings: z.array(Warning),
    refusals: z.array(Refusal),
    blastRadius: BlastRadius,
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof Plan>;

/** SHA-256 of a UTF-8 text as lower-case hex; the libraries of the domain have no crypto of their own. */
export type Sha256 = (text: string) => string;

/**
 * What an approval is bound to: all that would be written, and what that touches. Warnings and notes
 * are left out, since they may carry readings that differ from one look at the cluster to the next; so
 * are the number of connections and the evidence. That connections are cut at all stays in.
 */
export function hashPlan(plan: Plan, sha256: Sha256): string {
  const {
    notes: _notes,
    connectionsCut: _connectionsCut,
    evidence: _evidence,
    ...blastRadius
  } = plan.blastRadius;
  return sha256(canonicalJson({ changes: plan.changes, blastRadius }));
}
