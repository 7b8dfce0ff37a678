import { describe, expect, it } from 'vitest';
import type { ProbeOrder } from '@fairlead/core';
import { SeededRandom } from '../seeded-random.js';
import { attemptsOf } from './latency.js';

const probe = (type: 'tcp-crr' | 'tcp-rr'): ProbeOrder => ({
  type,
  target: { address: '10.200.0.2', port: 10_711 },
  payloadBytes: 64,
  count: 200,
  intervalMilliseconds: 5,
  timeoutMilliseconds: 1000,
});
const conditions = { reach: 'answers', isTableFull: false } as const;

describe('attemptsOf', () => {
  it('repeats itself for a seed, and differs for another', () => {
    const run = (seed: string) => attemptsOf(probe('tcp-crr'), conditions, new SeededRandom(seed));

    expect(run('a')).toEqual(run('a'));
    expect(run('a')).not.toEqual(run('b'));
  });

  it('lies around the median that is documented', () => {
    const values = attemptsOf(probe('tcp-crr'), conditions, new SeededRandom('a'))
      .map((one) => one.milliseconds ?? 0)
      .toSorted((a, b) => a - b);

    expect(values[100]).toBeGreaterThan(0.36);
    expect(values[100]).toBeLessThan(0.48);
  });

  it('fails new connections alone when the table is full', () => {
    const full = { ...conditions, isTableFull: true };
    const failed = (type: 'tcp-crr' | 'tcp-rr') =>
      attemptsOf(probe(type), full, new SeededRandom('a')).filter((one) => one.error === 'timeout')
        .length;

    expect([failed('tcp-crr'), failed('tcp-rr')]).toEqual([200, 1]);
  });
});
