import { describe, expect, it } from 'vitest';
import { checkNothing, planProfile, type PlannedPart } from './plan-profile.js';
import { PlanDraft } from './plan-draft.js';

function aPart(tuner: string): PlannedPart {
  const draft = new PlanDraft(tuner);
  draft.add({
    kind: 'node',
    id: `${tuner}/net.core.somaxconn`,
    summary: 'Set it',
    key: 'net.core.somaxconn',
    before: [{ node: 'a', value: '4096' }],
    after: '8192',
  });
  draft.warn('careful', 'Look first.');
  return { tuner, settings: {}, observation: {}, plan: draft.finish() };
}

describe('planProfile', () => {
  it('is the tuners’ plans one after the other when they go together', () => {
    const plan = planProfile([aPart('one'), aPart('two')], checkNothing);

    expect(plan.changes.map(({ tuner }) => tuner)).toEqual(['one', 'two']);
    expect(plan.warnings).toHaveLength(2);
  });

  it('has no changes when the parts do not go together, though each alone would', () => {
    const refusal = { tuner: 'one', code: 'ownership-conflict', message: 'Leave one out.' };

    const plan = planProfile([aPart('one'), aPart('two')], () => ({
      warnings: [{ tuner: 'two', code: 'twice', message: 'It is rolled twice.' }],
      refusals: [refusal],
    }));

    expect(plan.changes).toEqual([]);
    expect(plan.refusals).toEqual([refusal]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(['careful', 'careful', 'twice']);
    expect(plan.blastRadius.nodesWritten).toEqual([]);
  });
});
