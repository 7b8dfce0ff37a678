import Table from 'cli-table3';
import type { Answered } from './api.js';
import { fleet } from './fleet.js';
import type { Cluster, Job } from './first-job.js';

type Measurements = Answered<'getMeasurements'>;
type Measurement = Measurements['measurements'][number];
type Summary = Measurement['before'];

/** No colours, and a line between head and rows alone. */
const plain = {
  style: { head: [], border: [], compact: true },
};

export function fleetText(clusters: readonly Cluster[]): string {
  const table = new Table({
    head: ['simulated cluster', 'Kubernetes', 'nodes', 'proxy', 'state', 'what it is like'],
    ...plain,
  });
  for (const cluster of clusters) {
    const about = fleet.find(({ name }) => name === cluster.name)?.about ?? '';
    const { version = '?', nodes = [], proxyMode = '?' } = cluster.facts ?? {};
    table.push([cluster.name, version, nodes.length, proxyMode, cluster.state, about]);
  }
  return table.toString();
}

/** Every change with what is there before and after, then warnings and refusals. */
export function planText(plan: NonNullable<Job['plan']>): string {
  const changes = plan.changes.map(({ kind, summary, before, after }, index) => {
    const values =
      kind === 'node'
        ? before.map(({ node, value }) => `     ${node}: ${value ?? '(none)'} -> ${after}`)
        : [];
    return [`  ${index + 1}. ${summary}`, ...values].join('\n');
  });
  const { nodesWritten, nodesRolled, podsRestarted, connections, dns, survivesReboot } =
    plan.blastRadius;
  return [
    ...changes,
    ...plan.warnings.map(({ message }) => `  note: ${message}`),
    ...plan.refusals.map(({ message }) => `  refused: ${message}`),
    `  touches ${nodesWritten.length} nodes, rolls ${nodesRolled.length}, restarts ${podsRestarted} pods, connections ${connections}, DNS ${dns}, ${survivesReboot ? 'survives' : 'does not survive'} a reboot`,
  ].join('\n');
}

function numberText(value: number | undefined): string {
  if (value === undefined) return '-';
  return value === 0 || Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function spreadText({ median, q1, q3, n, invalid }: Summary): string {
  const failed = invalid > 0 ? `, ${invalid} failed` : '';
  return `${numberText(median)} (${numberText(q1)}-${numberText(q3)}), n=${n}${failed}`;
}

/** Probes one by one; counters that did not move on any node are counted, not listed. */
export function measurementsText({ measurements, verdict }: Measurements): string {
  const isQuiet = ({ probe, before, after }: Measurement): boolean =>
    probe.startsWith('counter.') && before.max === 0 && after.max === 0;
  const table = new Table({
    head: [
      'probe',
      'from',
      'to',
      'unit',
      'before: median (quartiles)',
      'after: median (quartiles)',
      'change',
      'verdict',
    ],
    ...plain,
  });
  for (const one of measurements.filter((each) => !isQuiet(each))) {
    const { probe, node, peer, unit, before, after, change } = one;
    const shift =
      change === undefined
        ? '-'
        : `${change.absolute >= 0 ? '+' : ''}${numberText(change.absolute)}`;
    table.push([
      probe,
      node,
      peer ?? '',
      unit,
      spreadText(before),
      spreadText(after),
      shift,
      one.verdict,
    ]);
  }
  const quiet = measurements.filter(isQuiet).length;
  return [
    'SIMULATED: these numbers are drawn from a fixed distribution. They say nothing about any real network.',
    table.toString(),
    ...(quiet > 0 ? [`${quiet} counters stayed at 0 in every round.`] : []),
    `Verdict: ${verdict}. Before and after are shown; nothing is claimed from them.`,
  ].join('\n');
}
