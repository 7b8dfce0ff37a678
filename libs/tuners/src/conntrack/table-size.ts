import type { PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { ConntrackObservation, TableUse } from './observe.js';
import type { ConntrackSettings } from './settings.js';
import { bucketsKey, maxKey } from './timeouts.js';

/** One entry with its slab overhead, at most. Source: domain.md 2.3. */
export const entryBytes = 320;
export const bucketBytes = 8;

const warnShare = 0.03;
const refuseShare = 0.05;
const nearlyFull = 0.75;

/** Bytes of kernel memory that a full table takes. */
export function tableBytes(entries: number, buckets: number): number {
  return entries * entryBytes + buckets * bucketBytes;
}

export type ValueAfter = (node: SeenNode, key: typeof maxKey | typeof bucketsKey) => number | null;

/** What a full table would cost the nodes whose table grows. */
export function tellMemory(
  plan: PlanDraft,
  { allowLargeTable }: ConntrackSettings,
  nodes: readonly SeenNode[],
  valueAfter: ValueAfter,
): void {
  const costs = nodes.flatMap((node) => {
    const [entries, buckets] = [valueAfter(node, maxKey), valueAfter(node, bucketsKey)];
    if (entries === null || node.memoryBytes === 0) return [];
    const bytes = tableBytes(entries, buckets ?? 0);
    return [{ name: node.name, bytes, share: bytes / node.memoryBytes }];
  });
  const worst = costs.toSorted((a, b) => b.share - a.share || byText(a.name, b.name))[0];
  if (worst === undefined) return;
  const cost = `A full table takes up to ${mebibytes(worst.bytes)} MiB of kernel memory, ${percent(worst.share)} of ${worst.name}`;
  const over = (share: number) =>
    costs.filter((node) => node.share > share).map(({ name }) => name);

  if (worst.share > refuseShare && !allowLargeTable) {
    plan.refuse(
      'table-too-large',
      `${cost}, which cannot be swapped. Ask for at most 5 % of every node’s memory, or set allowLargeTable.`,
      { nodes: over(refuseShare) },
    );
  } else if (worst.share > warnShare) {
    plan.warn('table-large', `${cost}. Up to 3 % is usual.`, over(warnShare));
  }
  plan.note(`${cost}; it is taken only as connections come.`);
}

/** Refuses a table that is smaller than what it holds: no new connection would get in. */
export function tellBelowUse(
  plan: PlanDraft,
  use: readonly TableUse[],
  nodes: readonly SeenNode[],
  valueAfter: ValueAfter,
): void {
  const full = nodes.filter((node) => {
    const count = use.find((row) => row.node === node.name)?.count ?? 0;
    return count >= (valueAfter(node, maxKey) ?? Infinity);
  });
  if (full.length === 0) return;
  const names = full.map(({ name }) => name);
  plan.refuse(
    'below-current-use',
    `${listed(names)} track more connections now than the new table would hold: new ones would be dropped. Ask for more.`,
    { nodes: names },
  );
}

/** Whether the table was ever too small: counters prove it, its size does not. Source: domain.md 2.4. */
export function tellExhaustion(plan: PlanDraft, { use, nodes }: ConntrackObservation): void {
  const rows = use.toSorted((a, b) => byText(a.node, b.node));
  const known = rows.filter((row) => row.drop !== null && row.earlyDrop !== null);
  const full = known.filter((row) => (row.drop ?? 0) + (row.earlyDrop ?? 0) > 0);
  const near = known
    .map((row) => ({ ...row, share: shareOf(row, nodes) }))
    .filter((row) => row.share !== null && row.share >= nearlyFull);
  if (full.length > 0) {
    const evidence = full.map(
      ({ node, drop, earlyDrop }) => `${node} dropped ${drop} and evicted ${earlyDrop}`,
    );
    plan.warn(
      'table-was-full',
      `The table was full since these nodes started: ${evidence.slice(0, 5).join('; ')}. A larger one, or shorter timeouts, is due.`,
      full.map(({ node }) => node),
    );
  }
  if (near.length > 0) {
    const evidence = near.map(({ node, share }) => `${node} ${percent(share ?? 0)}`);
    plan.warn(
      'table-nearly-full',
      `The table is nearly full on some nodes: ${evidence.slice(0, 5).join(', ')}.`,
      near.map(({ node }) => node),
    );
  }
  if (known.length > 0 && full.length === 0 && near.length === 0) {
    plan.warn(
      'not-exhausted',
      'Nothing was dropped or evicted since the nodes started, and no table is three quarters full: a larger one changes nothing today.',
    );
  }
  tellInsertFailures(plan, rows);
}

function tellInsertFailures(plan: PlanDraft, use: readonly TableUse[]): void {
  const failing = use.filter((row) => (row.insertFailed ?? 0) > 0);
  if (failing.length === 0) return;
  const evidence = failing.map(({ node, insertFailed }) => `${node} ${insertFailed}`);
  plan.warn(
    'insert-failed',
    `Entries lost races for the same addresses and ports (${evidence.slice(0, 5).join(', ')}), as parallel DNS lookups do. No table size changes that.`,
    failing.map(({ node }) => node),
  );
}

function shareOf({ node, count }: TableUse, nodes: readonly SeenNode[]): number | null {
  const max = Number(nodes.find(({ name }) => name === node)?.values[maxKey] ?? Number.NaN);
  return count === null || !(max > 0) ? null : count / max;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
