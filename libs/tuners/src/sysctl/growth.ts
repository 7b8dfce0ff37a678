import { kernelText } from '@fairlead/core';

/**
 * In which sense one value of a key is more than another: `higher` field by field, `wider` for a
 * range's two ends, `superset` for a list of ports. A key without growth is a choice, not a size.
 */
export type Growth = 'higher' | 'wider' | 'superset';

/**
 * The smallest kernel text that is at least both: what a raise-only write leaves on a node.
 * A text that cannot be read as numbers counts as nothing.
 */
export function joined(growth: Growth, current: string, wanted: string): string {
  if (growth === 'superset') return portsText([...portsOf(current), ...portsOf(wanted)]);
  const here = fieldsOf(current);
  const there = fieldsOf(wanted);
  if (here.length !== there.length || here.some((field) => !Number.isFinite(field))) return wanted;
  const isLowerEnd = (at: number) => growth === 'wider' && at === 0;
  return here
    .map((field, at) => {
      const other = there[at] ?? field;
      return isLowerEnd(at) ? Math.min(field, other) : Math.max(field, other);
    })
    .join(' ');
}

function fieldsOf(text: string): number[] {
  return kernelText(text).split(' ').map(Number);
}

export type PortRange = readonly [first: number, last: number];

/** `8080,30000-32767` as ranges; what is no port is left out. */
export function portsOf(text: string): PortRange[] {
  return kernelText(text)
    .split(',')
    .flatMap((part): PortRange[] => {
      const [first, last = first] = part.trim().split('-').map(Number);
      const isRange = part.trim() !== '' && Number.isInteger(first) && Number.isInteger(last);
      return isRange && first !== undefined && last !== undefined ? [[first, last]] : [];
    });
}

/** As the kernel writes a list of ports: sorted, and neighbours as one range. */
export function portsText(ranges: readonly PortRange[]): string {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) {
      previous[1] = Math.max(previous[1], last);
    } else merged.push([first, last]);
  }
  return merged
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(',');
}

/** The parts of `wanted` that no range of `reserved` covers. */
export function uncovered(
  wanted: readonly PortRange[],
  reserved: readonly PortRange[],
): PortRange[] {
  return reserved.reduce<PortRange[]>(
    (left, [from, to]) =>
      left.flatMap(([first, last]): PortRange[] => {
        const before: PortRange = [first, Math.min(last, from - 1)];
        const after: PortRange = [Math.max(first, to + 1), last];
        return [before, after].filter(([low, high]) => low <= high);
      }),
    [...wanted],
  );
}
