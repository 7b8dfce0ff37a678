import type { Advice, UnseenParameter } from './advice.js';
import type { Finding } from './finding.js';

export interface ReportHead {
  readonly cluster: string;
  /** When the oldest observation behind it was made; null when nothing was observed. */
  readonly observedAt: Date | null;
  readonly now: Date;
}

const titles = {
  act: 'Act on',
  consider: 'Consider',
  unknown: 'Could not be told',
  'leave-alone': 'Leave alone',
} as const;

/**
 * Advice as Markdown: findings by urgency with their evidence and sources, then what could not be seen.
 * Pure; what stands in it came from the cluster and is shown as text.
 */
export function adviceReport({ findings, unseen }: Advice, head: ReportHead): string {
  const sections = (Object.keys(titles) as (keyof typeof titles)[]).flatMap((verdict) => {
    const told = findings.filter((finding) => finding.verdict === verdict);
    return told.length === 0 ? [] : [`## ${titles[verdict]}`, '', ...told.flatMap(findingText)];
  });
  return [
    `# Network advice for ${plain(head.cluster)}`,
    '',
    `${seenText(head)} Advice claims no gain: only a job that measures before and after can.`,
    '',
    ...(findings.length === 0 ? ['Nothing to say yet.', ''] : sections),
    ...unseenText(unseen),
  ].join('\n');
}

function seenText({ observedAt, now }: ReportHead): string {
  if (observedAt === null) return 'The cluster was not observed yet.';
  const seconds = Math.max(0, Math.round((now.getTime() - observedAt.getTime()) / 1000));
  return `From observations of ${observedAt.toISOString()}, ${ageText(seconds)} ago.`;
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} hours`;
  return `${Math.round(seconds / 86_400)} days`;
}

function findingText({
  tuner,
  code,
  message,
  evidence,
  recommended,
  sources,
}: Finding): readonly string[] {
  return [
    `### ${code}`,
    '',
    plain(message),
    '',
    ...(evidence.length === 0
      ? []
      : [
          '| seen | value | where |',
          '| --- | --- | --- |',
          ...evidence.map(
            ({ what, value, where }) => `| ${cell(what)} | ${cell(value)} | ${cell(where)} |`,
          ),
          '',
        ]),
    ...(recommended === undefined
      ? []
      : [
          `Settings of \`${tuner}\` to try:`,
          '',
          ...JSON.stringify(recommended, null, 2)
            .split('\n')
            .map((line) => `    ${line}`),
          '',
        ]),
    ...(sources.length === 0
      ? []
      : [`Sources: ${sources.map((url) => `<${url}>`).join(', ')}`, '']),
  ];
}

function unseenText(unseen: readonly UnseenParameter[]): readonly string[] {
  if (unseen.length === 0) return [];
  const byReason = new Map<string, string[]>();
  for (const { parameter, why } of unseen) {
    byReason.set(why, [...(byReason.get(why) ?? []), parameter]);
  }
  return [
    '## Not seen',
    '',
    ...[...byReason].map(
      ([why, names]) =>
        `- ${plain(why)} ${[...new Set(names)].map((name) => `\`${name}\``).join(', ')}`,
    ),
    '',
  ];
}

/** Words of a cluster as text: nothing in them makes a heading, a link or HTML. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/[\\`*_[\]<>#|]/g, (sign) => `\\${sign}`);
}

function cell(text: string): string {
  return plain(text);
}
