import { quantileSorted } from 'simple-statistics';
import type { Sample } from '@fairlead/core';

export interface SampleSummary {
  /** Samples with a number. */
  readonly n: number;
  /** Samples without one: counted, never averaged. */
  readonly invalid: number;
  readonly median?: number;
  readonly q1?: number;
  readonly q3?: number;
  readonly min?: number;
  readonly max?: number;
}

export interface Shift {
  readonly absolute: number;
  readonly ratio?: number;
}

export interface Measurement {
  readonly probe: string;
  readonly unit: string;
  readonly node: string;
  readonly peer?: string;
  readonly before: SampleSummary;
  readonly after: SampleSummary;
  readonly change?: Shift;
  readonly verdict: 'not-judged';
}

/** Order and spread of the samples of one phase; only finite numbers count. */
export function summarise(samples: readonly Sample[]): SampleSummary {
  const values = samples
    .filter((sample) => sample.invalid === undefined && Number.isFinite(sample.value))
    .map((sample) => sample.value as number)
    .toSorted((a, b) => a - b);
  const n = values.length;
  const invalid = samples.length - n;
  if (n === 0) return { n, invalid };
  const at = (quantile: number) => quantileSorted(values, quantile);
  return { n, invalid, median: at(0.5), q1: at(0.25), q3: at(0.75), min: at(0), max: at(1) };
}

/** How far the median moved. A description of the samples, and no claim about the cluster. */
export function shift(before: SampleSummary, after: SampleSummary): Shift | undefined {
  if (before.median === undefined || after.median === undefined) return undefined;
  const absolute = after.median - before.median;
  return before.median === 0 ? { absolute } : { absolute, ratio: after.median / before.median };
}

/** One measurement for each probe and pair of nodes, in the order of their names. */
export function measurementsOf(samples: readonly Sample[]): readonly Measurement[] {
  const groups = Map.groupBy(samples, ({ probe, unit, node, peer }) =>
    JSON.stringify([probe, node, peer ?? '', unit]),
  );
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const { probe, unit, node, peer } = first;
      const before = summarise(group.filter(({ phase }) => phase === 'before'));
      const after = summarise(group.filter(({ phase }) => phase === 'after'));
      const change = shift(before, after);
      return [
        {
          probe,
          unit,
          node,
          ...(peer !== undefined && { peer }),
          before,
          after,
          ...(change && { change }),
          verdict: 'not-judged' as const,
        },
      ];
    });
}
