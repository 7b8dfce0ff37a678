import { describe, expect, it } from 'vitest';
import { BlastRadius, hashPlan } from './plan.js';
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

describe('the blast radius', () => {
  const radiusOf = (prepare: (draft: PlanDraft) => void) => {
    const draft = new PlanDraft('t');
    draft.add(change(['a']));
    prepare(draft);
    return draft.finish().blastRadius;
  };

  it('counts no connection where none is cut, and says so where nobody could count', () => {
    expect(radiusOf(() => undefined).connectionsCut).toBe(0);
    expect(radiusOf((draft) => draft.touchesConnections('some-cut')).connectionsCut).toBeNull();
    expect(radiusOf((draft) => draft.cutsConnections(17))).toMatchObject({
      connections: 'some-cut',
      connectionsCut: 17,
    });
  });

  it('adds up over tuners, and stays unknown where one of them could not count', () => {
    const plans = [12, 5].map((count) => {
      const draft = new PlanDraft('t');
      draft.cutsConnections(count);
      draft.rollsNodes(['b', 'a']);
      draft.evidence('Seen on a.');
      return draft.finish();
    });
    const uncounted = new PlanDraft('u');
    uncounted.touchesConnections('some-cut');
    uncounted.interruptsDns();

    expect(joinPlans(plans).blastRadius).toMatchObject({
      connectionsCut: 17,
      nodesRolled: ['a', 'b'],
      dns: 'none',
      evidence: ['Seen on a.'],
    });
    expect(joinPlans([...plans, uncounted.finish()]).blastRadius).toMatchObject({
      connectionsCut: null,
      dns: 'blip-expected',
    });
  });

  it('reads a plan that was stored before these figures were', () => {
    const {
      nodesRolled: _n,
      connectionsCut: _c,
      dns: _d,
      evidence: _e,
      ...old
    } = radiusOf(() => undefined);

    expect(BlastRadius.parse(old)).toMatchObject({
      nodesRolled: [],
      connectionsCut: null,
      dns: 'none',
      evidence: [],
    });
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
    expect(hash((draft) => draft.evidence('17 on a'))).toBe(hash(() => undefined));
    expect(hash((draft) => draft.cutsConnections(17))).toBe(
      hash((draft) => draft.cutsConnections(18)),
    );
  });

  it('differs with every change and with what is restarted', () => {
    expect(hash((draft) => draft.add(change(['b'])))).not.toBe(hash(() => undefined));
    expect(hash((draft) => draft.restartsPods(1))).not.toBe(hash(() => undefined));
    expect(hash((draft) => draft.rollsNodes(['a']))).not.toBe(hash(() => undefined));
    expect(hash((draft) => draft.interruptsDns())).not.toBe(hash(() => undefined));
    expect(hash((draft) => draft.cutsConnections(1))).not.toBe(hash(() => undefined));
  });
});

describe('joinPlans of two tuners that restart one owner', () => {
  const following = (tuner: string, nodes: string[], after: string) => {
    const draft = new PlanDraft(tuner);
    draft.add({
      ...change(nodes),
      id: `${tuner}/key`,
      after,
      decidedBy: `${tuner}/restart`,
    });
    return draft.finish();
  };

  it('records a key’s original once, by the first of them', () => {
    const { changes } = joinPlans([
      following('x', ['a', 'b'], '1'),
      following('y', ['b', 'c'], '2'),
    ]);

    expect(changes).toMatchObject([
      { id: 'x/key', before: [{ node: 'a' }, { node: 'b' }], after: '1' },
      { id: 'y/key', before: [{ node: 'c' }], after: '2' },
    ]);
  });

  it('leaves alone what was asked for', () => {
    const asking = new PlanDraft('y');
    asking.add(change(['a']));

    expect(joinPlans([following('x', ['a'], '1'), asking.finish()]).changes).toHaveLength(2);
  });
});
