import { describe, expect, it } from 'vitest';
import { planCard } from './plan-card.js';
import { PlanDraft } from './plan-draft.js';

function aDraft(): PlanDraft {
  const draft = new PlanDraft('t');
  draft.add({
    kind: 'node',
    id: 't/net.core.somaxconn',
    summary: 'Set net.core.somaxconn to 8192 on a.',
    key: 'net.core.somaxconn',
    before: [{ node: 'a', value: '4096' }],
    after: '8192',
  });
  return draft;
}

describe('planCard', () => {
  it('tells nodes, pods, connections and DNS, with what the figures rest on', () => {
    const draft = aDraft();
    draft.rollsNodes(['a', 'b']);
    draft.restartsPods(2);
    draft.cutsConnections(17);
    draft.interruptsDns();
    draft.evidence('17 entries in /proc/net/ip_vs_conn on a');

    const card = planCard(draft.finish());

    expect(card).toContain('1. Set net.core.somaxconn to 8192 on a.');
    expect(card).toContain('| nodes rolled | 2: a, b |');
    expect(card).toContain('| pods restarted | 2 |');
    expect(card).toContain('| connections cut | about 17 |');
    expect(card).toContain('| DNS interruption | a moment, expected |');
    expect(card).toContain('- 17 entries in /proc/net/ip_vs_conn on a');
  });

  it('says that nobody could count, rather than a number', () => {
    const draft = aDraft();
    draft.touchesConnections('some-cut');

    expect(planCard(draft.finish())).toContain(
      '| connections cut | some; nobody could count them |',
    );
  });

  it('gives a refused plan its reasons and the patches for whoever owns what it asked for', () => {
    const draft = aDraft();
    draft.refuse('parameter-owned', 'Helm sets it. Change it there.', { patch: 'a: |\n  ```\n' });

    const card = planCard(draft.finish());

    expect(card).toContain('- **t** (`parameter-owned`): Helm sets it. Change it there.');
    expect(card).toContain('````\na: |');
    expect(card).not.toContain('nodes written');
  });

  it('says when there is nothing to do', () => {
    expect(planCard(new PlanDraft('t').finish())).toMatch(/^Nothing to do/);
  });
});
