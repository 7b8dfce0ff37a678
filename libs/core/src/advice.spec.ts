import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { adviceReport } from './advice-report.js';
import { adviseFrom } from './advice.js';
import type { Finding } from './finding.js';
import { PlanDraft } from './plan-draft.js';
import type { Tuner } from './tuner.js';

function aTuner(name: string, findings: readonly Partial<Finding>[]): Tuner {
  return {
    name,
    title: name,
    order: 1,
    settings: z.unknown(),
    observation: z.strictObject({ seen: z.number() }),
    rbac: [],
    parameters: [
      { name: `${name}.one`, unit: 'x', scope: 'node', cost: 'none', source: 'https://x' },
    ],
    probes: [],
    observe: () => Promise.resolve({ seen: 1 }),
    plan: () => new PlanDraft(name).finish(),
    advise: () =>
      findings.map((finding) => ({
        tuner: name,
        code: 'a-code',
        verdict: 'consider',
        message: 'Look at it.',
        evidence: [],
        parameters: [],
        sources: [],
        ...finding,
      })),
  };
}

const seen = (tuner: string) => ({ tuner, observation: { seen: 1 } });

describe('adviseFrom', () => {
  it('puts first what to act on, then keeps the order of the tuners', () => {
    const tuners = [
      aTuner('a', [{ code: 'leave', verdict: 'leave-alone' }, { code: 'think' }]),
      aTuner('b', [{ code: 'now', verdict: 'act' }, { code: 'also' }]),
    ];

    const { findings } = adviseFrom(tuners, [seen('a'), seen('b')]);

    expect(findings.map(({ code }) => code)).toEqual(['now', 'think', 'also', 'leave']);
  });

  it('lists every parameter of a tuner that has not looked, or whose look is of another version', () => {
    const tuners = [aTuner('a', []), aTuner('b', [])];

    const { unseen } = adviseFrom(tuners, [{ tuner: 'b', observation: { old: true } }]);

    expect(unseen.map(({ parameter, reason }) => [parameter, reason])).toEqual([
      ['a.one', 'not-observed'],
      ['b.one', 'not-observed'],
    ]);
  });

  it('lists what a tuner looked for and could not see', () => {
    const tuner = aTuner('a', [
      { verdict: 'unknown', parameters: ['a.one'], message: 'No agent.' },
    ]);

    expect(adviseFrom([tuner], [seen('a')]).unseen).toEqual([
      { parameter: 'a.one', tuner: 'a', reason: 'not-readable', why: 'No agent.' },
    ]);
  });
});

describe('adviceReport', () => {
  const head = {
    cluster: 'shop-eu-1',
    observedAt: new Date('2026-11-22T10:00:00Z'),
    now: new Date('2026-11-22T10:30:00Z'),
  };

  it('tells the age of what it rests on, evidence, settings and sources', () => {
    const tuner = aTuner('a', [
      {
        verdict: 'act',
        evidence: [{ what: 'drops on n1', value: '17', where: '/proc' }],
        recommended: { maxEntries: 262_144 },
        sources: ['https://docs.kernel.org/x'],
      },
    ]);

    const text = adviceReport(adviseFrom([tuner], [seen('a')]), head);

    expect(text).toContain('# Network advice for shop-eu-1');
    expect(text).toContain('30 minutes ago');
    expect(text).toContain('## Act on\n\n### a-code\n\nLook at it.');
    expect(text).toContain('| drops on n1 | 17 | /proc |');
    expect(text).toContain('      "maxEntries": 262144');
    expect(text).toContain('Sources: <https://docs.kernel.org/x>');
  });

  it('lets no word of a cluster become a heading, a link or HTML', () => {
    const evil = '# big [click](http://x) <script> | `x`';
    const tuner = aTuner('a', [
      { message: evil, evidence: [{ what: evil, value: '', where: '' }] },
    ]);

    const text = adviceReport(adviseFrom([tuner], [seen('a')]), head);

    expect(text).not.toContain('<script>');
    expect(text).not.toContain('[click](');
    expect(text).not.toMatch(/^# big/m);
  });

  it('lists what could not be seen, by the reason', () => {
    const text = adviceReport(adviseFrom([aTuner('a', [])], []), { ...head, observedAt: null });

    expect(text).toContain('The cluster was not observed yet.');
    expect(text).toContain('- The tuner a has not observed the cluster yet. `a.one`');
  });
});
