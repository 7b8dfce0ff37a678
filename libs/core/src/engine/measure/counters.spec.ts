import { describe, expect, it } from 'vitest';
import type { NodeReport } from '../../tuner.js';
import { growth } from './counters.js';

const spec = { type: 'counter', counter: 'conntrack.drop' } as const;
const place = { phase: 'before', attempt: 1, round: 0 } as const;
const at = new Date('2026-01-01T00:00:00Z');

function reading(
  value: number,
  more: { bootId?: string; kind?: 'gauge' | 'counter'; name?: string } = {},
) {
  const { bootId = 'b1', kind = 'counter', name = 'conntrack.drop' } = more;
  return { node: 'a', answer: { bootId, counters: [{ name, value, kind }] } };
}

describe('growth', () => {
  it.each<[string, NodeReport<'read-counters'>, NodeReport<'read-counters'>, object]>([
    ['is what a counter grew by', reading(10), reading(17), { value: 7 }],
    [
      'is the level of a gauge at the end',
      reading(10, { kind: 'gauge' }),
      reading(4, { kind: 'gauge' }),
      { value: 4 },
    ],
    ['is unknown when the counter fell', reading(10), reading(3), { invalid: 'counter-reset' }],
    [
      'is unknown after a reboot',
      reading(1),
      reading(9, { bootId: 'b2' }),
      { invalid: 'counter-reset' },
    ],
    [
      'is unknown where the kernel has no such counter',
      reading(1),
      reading(9, { name: 'x' }),
      { invalid: 'not-available' },
    ],
    [
      'is unknown where nobody answered',
      reading(1),
      { node: 'a', problem: 'gone' },
      { invalid: 'not-read' },
    ],
  ])('%s', (_policy, from, to, expected) => {
    const [sample] = growth([spec], [from], [to], place, at);

    expect(sample).toEqual({
      ...place,
      probe: 'counter.conntrack.drop',
      unit: 'count',
      node: 'a',
      at: at.toISOString(),
      ...expected,
    });
  });
});
