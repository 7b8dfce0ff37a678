import type { ChangeOf } from '../../change.js';
import type { Difference } from '../../job.js';
import type { PreImageOf, WrittenOf } from '../journal.js';
import {
  ChangedMeanwhile,
  PlanStale,
  UndoFailed,
  type ChangeContext,
  type ChangeExecutor,
} from './executor.js';

type NodePreImage = PreImageOf<'node'>;

/** Kernel keys through the agents, a compare-and-set on each node. */
export const nodeExecutor: ChangeExecutor<'node'> = {
  async capture(change, context) {
    const seen = await eachNode(change.before, (held) => readKey(held.node, change, context));
    const nodes = change.before.map((planned, at) => {
      const now = seen[at];
      if (now === undefined || now.value !== planned.value) {
        throw new PlanStale(
          `${change.key} on ${planned.node} is ${now?.value ?? 'absent'}; the plan saw ${planned.value ?? 'nothing'}.`,
        );
      }
      return { node: planned.node, ...now };
    });
    return { kind: 'node', nodes };
  },

  async write(change, before, context) {
    const nodes = await eachNode(before.nodes, async (held) => {
      const expect = [originalOf(held, change), change.after];
      const answer = await setKey(held.node, change, change.after, expect, context);
      if (!answer.written) {
        throw new ChangedMeanwhile(
          `${change.key} on ${held.node} became ${answer.found}, which is neither the original ${held.value} nor ours.`,
        );
      }
      return { node: held.node, value: answer.now, bootId: answer.bootId, found: answer.found };
    });
    return { kind: 'node', nodes };
  },

  async verify(change, _written, context) {
    const seen = await eachNode(change.before, async ({ node }) => ({
      node,
      ...(await readKey(node, change, context)),
    }));
    const wrong = seen.filter(({ value }) => value !== change.after);
    if (wrong.length === 0) return null;
    const told = wrong.map(({ node, value }) => `${node} has ${value ?? 'no such key'}`).join(', ');
    return `${change.key} should be ${change.after} everywhere, but ${told}.`;
  },

  async conflicts(change, before, written, context) {
    const found = await eachNode(before.nodes, async (held): Promise<Difference | null> => {
      const now = await readKey(held.node, change, context);
      if (whoseValue(change, held, written, now) !== 'theirs') return null;
      return {
        changeId: change.id,
        where: `node ${held.node} ${change.key}`,
        before: held.value,
        written: change.after,
        now: now.value,
      };
    });
    return found.filter((difference) => difference !== null);
  },

  async undo(change, before, written, choice, context) {
    await eachNode(before.nodes, async (held) => {
      const original = originalOf(held, change);
      const now = await readKey(held.node, change, context);
      const whose = whoseValue(change, held, written, now);
      if (whose === 'original' || whose === 'gone' || now.value === null) return;
      // An owner that restarted between our write and now decided the value anew on our account.
      const mayOverwrite = choice === 'overwrite' || change.decidedBy !== undefined;
      if (whose === 'theirs' && !mayOverwrite) return;

      const expect = whose === 'theirs' ? [now.value] : [change.after, original];
      const answer = await setKey(held.node, change, original, expect, context);
      if (answer.now !== original) {
        throw new UndoFailed(
          `${change.key} on ${held.node} is ${answer.now}, not the original ${original}.`,
        );
      }
    });
  },
};

/**
 * Whose value a node holds. After a reboot the kernel starts from its own defaults, so a value that
 * is not ours any more is `gone`: there is nothing of ours left to take back.
 */
export function whoseValue(
  change: Pick<ChangeOf<'node'>, 'after'>,
  held: { readonly node: string; readonly value: string | null; readonly bootId: string },
  written: WrittenOf<'node'> | null,
  now: { readonly value: string | null; readonly bootId: string },
): 'original' | 'ours' | 'gone' | 'theirs' {
  if (now.value === held.value) return 'original';
  if (now.value === change.after) return 'ours';
  const bootId = written?.nodes.find(({ node }) => node === held.node)?.bootId ?? held.bootId;
  return now.bootId === bootId ? 'theirs' : 'gone';
}

function originalOf(held: NodePreImage['nodes'][number], change: ChangeOf<'node'>): string {
  if (held.value === null) throw new PlanStale(`${change.key} does not exist on ${held.node}.`);
  return held.value;
}

async function readKey(node: string, change: ChangeOf<'node'>, { cluster, signal }: ChangeContext) {
  const answer = await cluster.askHost(node, { do: 'read-keys', keys: [change.key] }, signal);
  return { value: answer.readings[0]?.value ?? null, bootId: answer.bootId };
}

async function setKey(
  node: string,
  change: ChangeOf<'node'>,
  value: string,
  expect: string[],
  { cluster, signal }: ChangeContext,
) {
  return await cluster.askHost(node, { do: 'write-key', key: change.key, value, expect }, signal);
}

/** All nodes at once; when one fails, the others have still been finished before it is told. */
async function eachNode<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const settled = await Promise.allSettled(items.map(work));
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
