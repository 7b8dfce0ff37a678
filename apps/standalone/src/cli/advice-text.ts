import Table from 'cli-table3';
import type { Answered } from '../demo/api.js';
import type { Fleet } from './advise-command.js';

type Advice = Answered<'getAdvice'>;

const plain = { style: { head: [], border: [] }, wordWrap: true };
const shownEvidence = 4;

/** One cluster's findings as a table, then what could not be seen. */
export function adviceText(advice: Advice): string {
  const table = new Table({
    ...plain,
    head: ['verdict', 'finding', 'what is so, and what to do', 'seen'],
    colWidths: [13, 26, 58, 42],
  });
  for (const { verdict, tuner, code, message, evidence, recommended } of advice.findings) {
    const settings =
      recommended === undefined ? '' : `\nTry: ${JSON.stringify({ [tuner]: recommended })}`;
    const seen = evidence.slice(0, shownEvidence).map(({ what, value }) => `${what}: ${value}`);
    const more =
      evidence.length > shownEvidence ? [`and ${evidence.length - shownEvidence} more`] : [];
    table.push([verdict, code, `${message}${settings}`, [...seen, ...more].join('\n')]);
  }
  return [
    `${advice.clusterName}, observed ${ageText(advice.observationAgeSeconds)} ago`,
    advice.findings.length === 0 ? 'Nothing to say yet.' : table.toString(),
    ...unseenText(advice.unseen),
    'Advice claims no gain: a job that measures before and after tells.',
  ].join('\n');
}

/** The fleet's findings with the number of clusters that have each. */
export function fleetText({ findings, clustersSeen, clustersNotSeen }: Fleet): string {
  const table = new Table({
    ...plain,
    head: ['verdict', 'finding', 'clusters', 'for example', 'which'],
    colWidths: [13, 30, 10, 56, 30],
  });
  for (const { verdict, code, clusterCount, message, clusters } of findings) {
    const names = clusters.slice(0, 5).map(({ clusterName }) => clusterName);
    const more = clusterCount > names.length ? [`and ${clusterCount - names.length} more`] : [];
    table.push([verdict, code, clusterCount, message, [...names, ...more].join(', ')]);
  }
  return [
    `${clustersSeen} clusters observed, ${clustersNotSeen} not yet`,
    findings.length === 0 ? 'Nothing to say yet.' : table.toString(),
  ].join('\n');
}

function unseenText(unseen: Advice['unseen']): readonly string[] {
  const byWhy = new Map<string, number>();
  for (const { why } of unseen) byWhy.set(why, (byWhy.get(why) ?? 0) + 1);
  return [...byWhy].map(([why, count]) => `Not seen: ${count} parameters. ${why}`);
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
