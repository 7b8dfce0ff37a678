import { describe, expect, it } from 'vitest';
import type { Sample } from '@fairlead/core';
import { measurementsOf, shift, summarise } from './summary.js';

function aSample(overrides: Partial<Sample> = {}): Sample {
  return {
    phase: 'before',
    attempt: 0,
    round: 0,
    probe: 'tcp-rr',
    unit: 'milliseconds',
    node: 'n-1',
    peer: 'n-2',
    at: '2026-11-22T10:00:00.000Z',
    value: 1,
    ...overrides,
  };
}

function samplesOf(...values: readonly number[]): readonly Sample[] {
  return values.map((value) => aSample({ value }));
}

function without(name: 'value' | 'peer', overrides: Partial<Sample> = {}): Sample {
  const { [name]: _left, ...rest } = aSample(overrides);
  return rest;
}

describe('summarise', () => {
  it('gives the median and the quartiles of an unordered set', () => {
    expect(summarise(samplesOf(5, 1, 4, 2, 3))).toEqual({
      n: 5,
      invalid: 0,
      median: 3,
      q1: 2,
      q3: 4,
      min: 1,
      max: 5,
    });
  });

  it('takes the middle of an even number', () => {
    expect(summarise(samplesOf(1, 2, 3, 10)).median).toBe(2.5);
  });

  it.each([
    ['no value', without('value', { invalid: 'timeout' })],
    ['NaN', aSample({ value: Number.NaN })],
    ['infinity', aSample({ value: Number.POSITIVE_INFINITY })],
    ['a value that was marked invalid', aSample({ value: 3, invalid: 'counter-reset' })],
  ])('counts %s as invalid and never as a number', (_what, bad) => {
    expect(summarise([...samplesOf(2, 2), bad])).toEqual({
      n: 2,
      invalid: 1,
      median: 2,
      q1: 2,
      q3: 2,
      min: 2,
      max: 2,
    });
  });

  it('has no numbers where there is no valid sample', () => {
    expect(summarise([without('value')])).toEqual({ n: 0, invalid: 1 });
    expect(summarise([])).toEqual({ n: 0, invalid: 0 });
  });

  it('counts a zero as a number', () => {
    expect(summarise(samplesOf(0, 0)).median).toBe(0);
  });
});

describe('shift', () => {
  it('is after minus before, and after divided by before', () => {
    expect(shift(summarise(samplesOf(4)), summarise(samplesOf(3)))).toEqual({
      absolute: -1,
      ratio: 0.75,
    });
  });

  it('has no ratio from zero', () => {
    expect(shift(summarise(samplesOf(0)), summarise(samplesOf(3)))).toEqual({ absolute: 3 });
  });

  it('is absent when a phase has no number', () => {
    expect(shift(summarise(samplesOf(1)), summarise([]))).toBeUndefined();
  });
});

describe('measurementsOf', () => {
  it('keeps probes and pairs of nodes apart, in the order of their names', () => {
    const measured = measurementsOf([
      aSample({ probe: 'udp-rr', value: 9 }),
      aSample({ peer: 'n-3', value: 7 }),
      aSample({ value: 2 }),
      aSample({ phase: 'after', value: 1 }),
      without('peer', { probe: 'counter.TcpExt.ListenDrops', unit: 'count' }),
    ]);

    expect(measured.map(({ probe, peer }) => [probe, peer])).toEqual([
      ['counter.TcpExt.ListenDrops', undefined],
      ['tcp-rr', 'n-2'],
      ['tcp-rr', 'n-3'],
      ['udp-rr', 'n-2'],
    ]);
    expect(measured[1]?.change).toEqual({ absolute: -1, ratio: 0.5 });
  });

  it('claims no gain, however large the change', () => {
    const measured = measurementsOf([
      aSample({ value: 100 }),
      aSample({ phase: 'after', value: 1 }),
    ]);

    expect(measured.map(({ verdict }) => verdict)).toEqual(['not-judged']);
  });
});
