import type { BlastRadius, Plan } from './plan.js';

/**
 * The card that is read before an approval, as Markdown: what a plan touches, with the figures' evidence.
 * Pure; the same plan gives the same text.
 */
export function planCard(plan: Plan): string {
  const { changes, warnings, refusals, blastRadius } = plan;
  if (refusals.length > 0) return refused(plan);
  if (changes.length === 0) return 'Nothing to do: everything is as asked already.\n';
  const rows = rowsOf(blastRadius).map(([what, told]) => `| ${what} | ${cell(told)} |`);
  return [
    `**${count(changes.length, 'change')}** in this order:`,
    '',
    ...changes.map(({ summary }, at) => `${at + 1}. ${line(summary)}`),
    '',
    '| what it touches | |',
    '| --- | --- |',
    ...rows,
    ...list(
      'Warnings',
      warnings.map(({ message }) => message),
    ),
    ...list('Notes', blastRadius.notes),
    ...list('Evidence', blastRadius.evidence),
    '',
  ].join('\n');
}

function refused({ refusals }: Plan): string {
  const told = refusals.flatMap(({ tuner, code, message, patch }) => [
    `- **${tuner}** (\`${code}\`): ${line(message)}`,
    ...(patch === undefined ? [] : ['', ...fenced(patch), '']),
  ]);
  return ['Refused, and nothing would be written:', '', ...told, ''].join('\n');
}

function rowsOf(radius: BlastRadius): readonly (readonly [what: string, told: string])[] {
  return [
    ['nodes written', named(radius.nodesWritten)],
    ['nodes rolled', named(radius.nodesRolled)],
    ['objects written', named(radius.objectsWritten)],
    ['workloads restarted', named(radius.workloadsRestarted)],
    ['pods restarted', String(radius.podsRestarted)],
    ['connections cut', cutText(radius)],
    ['DNS interruption', radius.dns === 'none' ? 'none' : 'a moment, expected'],
    ['after a reboot', radius.survivesReboot ? 'stays' : 'is lost on the node'],
  ];
}

function cutText({ connections, connectionsCut }: BlastRadius): string {
  if (connections === 'none-cut') return 'none';
  if (connections === 'new-delayed') return 'none; new ones may wait';
  return connectionsCut === null ? 'some; nobody could count them' : `about ${connectionsCut}`;
}

function named(names: readonly string[], limit = 10): string {
  if (names.length === 0) return '0';
  const more = names.length > limit ? ` and ${names.length - limit} more` : '';
  return `${names.length}: ${names.slice(0, limit).join(', ')}${more}`;
}

function list(title: string, texts: readonly string[]): readonly string[] {
  return texts.length === 0 ? [] : ['', `${title}:`, '', ...texts.map((text) => `- ${line(text)}`)];
}

/** A fence longer than any inside, so that a patch cannot end it. */
function fenced(text: string): readonly string[] {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return [fence, text, fence];
}

function line(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function cell(text: string): string {
  return line(text).replaceAll('|', '\\|');
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
