import type { CounterReading } from '../../agent-protocol.js';
import { probeName, type ProbeSpec, type Sample } from '../../sample.js';
import type { NodeReport } from '../../tuner.js';
import type { EngineCluster } from '../ports.js';

type CounterSpec = Extract<ProbeSpec, { type: 'counter' }>;
type Reports = readonly NodeReport<'read-counters'>[];

export async function readCounters(
  cluster: EngineCluster,
  specs: readonly CounterSpec[],
  signal: AbortSignal,
): Promise<Reports> {
  return specs.length === 0 ? [] : await cluster.askHosts({ do: 'read-counters' }, signal);
}

/**
 * What each counter grew by between two readings of a node, and the level of each gauge at the second.
 * A counter that fell, or a node that rebooted, gives an invalid sample: the growth is not known.
 * Source: domain.md 7.2, 7.3 (counter resets).
 */
export function growth(
  specs: readonly CounterSpec[],
  from: Reports,
  to: Reports,
  place: Pick<Sample, 'phase' | 'attempt' | 'round'>,
  at: Date,
): Sample[] {
  return to.flatMap((report) => {
    const first = from.find(({ node }) => node === report.node);
    return specs.map((spec): Sample => ({
      ...place,
      probe: probeName(spec),
      unit: 'count',
      node: report.node,
      at: at.toISOString(),
      ...grown(spec.counter, first, report),
    }));
  });
}

function grown(
  counter: string,
  first: Reports[number] | undefined,
  last: Reports[number],
): Pick<Sample, 'value' | 'invalid'> {
  if ('problem' in last || first === undefined || 'problem' in first)
    return { invalid: 'not-read' };
  const end = find(last.answer.counters, counter);
  const start = find(first.answer.counters, counter);
  if (end === undefined || start === undefined) return { invalid: 'not-available' };
  if (end.kind === 'gauge') return { value: end.value };
  if (first.answer.bootId !== last.answer.bootId || end.value < start.value) {
    return { invalid: 'counter-reset' };
  }
  return { value: end.value - start.value };
}

function find(counters: readonly CounterReading[], name: string): CounterReading | undefined {
  return counters.find((counter) => counter.name === name);
}
