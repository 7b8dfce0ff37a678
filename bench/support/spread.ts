import { median, quantile } from 'simple-statistics';

/** `median (least–most)` of some runs, and how many there were. */
export function spread(values: readonly number[], digits = 0): string {
  const tell = (value: number) =>
    value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${tell(middle(values))} (${tell(Math.min(...values))}–${tell(Math.max(...values))})`;
}

export function middle(values: readonly number[]): number {
  return median([...values]);
}

/** A quantile of many values, `part` between 0 and 1. */
export function quantileOf(values: readonly number[], part: number): number {
  return quantile([...values], part);
}

/** Run by run, since a run and its baseline share the machine's mood. */
export function ratios(values: readonly number[], baseline: readonly number[]): number[] {
  return values.map((value, run) => value / (baseline[run] ?? Number.NaN));
}
