import { describe, expect, it } from 'vitest';
import { hashPlan } from './plan.js';
import { joinPlans, PlanDraft } from './plan-draft.js';

const key = 'net.core.somaxconn' as const;
const change = (nodes: string[]) => ({
  kind: 'node' as const,
  id: `t/${nodes.join('+')}`,
  summary: 'Set it',
  key,
  before: nodes.map((node) => ({ node, value: '4096' })),
  after: '8192',
});

describe('PlanDraft', () => {
  it('leaves a refused plan without changes and without a blast radius', () => {
    const draft = new PlanDraft('t');
    draft.add(change(['a']));
    draft.restartsPods(3);
    draft.refuse('key-absent', 'Drop the key.', { nodes: ['b', 'a'] });

    const plan = draft.finish();

    expect(plan.changes).toEqual([]);
    expect(plan.refusals).toEqual([
      { tuner: 't', code: 'key-absent', message: 'Drop the key.', nodes: ['a', 'b'] },
    ]);
    expect(plan.blastRadius).toMatchObject({ nodesWritten: [], podsRestarted: 0 });
  });

  it('names every node that is written, once and in order', () => {
    const draft = new PlanDraft('t');
    draft.add(change(['b', 'a']));
    draft.add(change(['c', 'b']));

    expect(draft.finish().blastRadius.nodesWritten).toEqual(['a', 'b', 'c']);
  });
});

describe('joinPlans', () => {
  it('refuses the whole profile when one tuner refuses', () => {
    const good = new PlanDraft('good');
    good.add(change(['a']));
    const bad = new PlanDraft('bad');
    bad.refuse('no', 'Ask for something else.');

    const joined = joinPlans([good.finish(), bad.finish()]);

    expect(joined.changes).toEqual([]);
    expect(joined.blastRadius.nodesWritten).toEqual([]);
    expect(joined.refusals).toHaveLength(1);
  });

  it('keeps the worst that happens to connections and the weakest promise about reboots', () => {
    const first = new PlanDraft('first');
    first.touchesConnections('some-cut');
    const second = new PlanDraft('second');
    second.touchesConnections('new-delayed');
    second.lostAtReboot();

    const { connections, survivesReboot } = joinPlans([
      first.finish(),
      second.finish(),
    ]).blastRadius;

    expect({ connections, survivesReboot }).toEqual({
      connections: 'some-cut',
      survivesReboot: false,
    });
  });
});

describe('hashPlan', () => {
  const hash = (prepare: (draft: PlanDraft) => void) => {
    const draft = new PlanDraft('t');
    draft.add(change(['a']));
    prepare(draft);
    return hashPlan(draft.finish(), (text) => text);
  };

  it('is the same whatever the warnings and notes read at the moment', () => {
    expect(hash((draft) => draft.warn('table-was-full', '17 drops'))).toBe(hash(() => undefined));
    expect(hash((draft) => draft.note('costs 12 MiB'))).toBe(hash(() => undefined));
  });

  it('differs with every change and with what is restarted', () => {
    expect(hash((draft) => draft.add(change(['b'])))).not.toBe(hash(() => undefined));
    expect(hash((draft) => draft.restartsPods(1))).not.toBe(hash(() => undefined));
  });
});
