import type { Change } from '../../change.js';
import type { Difference, JobProblem, Reversal } from '../../job.js';
import type { Json } from '../../json.js';
import type { ChangeContext } from '../changes/executor.js';
import { executorOf } from '../changes/executors.js';
import { jobEvent, type Drive } from '../engine.js';
import type { JournalEntry } from '../journal.js';
import type { JobRecord } from '../ports.js';
import { undoOrder } from '../undo-order.js';
import { standing } from '../superseded.js';
import { contextOf } from './apply-step.js';

const byItself: Reversal = {
  reason: 'undo-requested',
  message: 'An undo was asked for.',
  onConflict: 'stop',
};

/**
 * `reverting`: takes back what the job wrote, last change first. It looks at everything before it
 * writes anything: where somebody else's value is found and nobody said what to do with it, nothing
 * at all is undone and the differences are shown.
 */
export async function revertChanges(job: JobRecord, drive: Drive): Promise<void> {
  const reversal = job.reversal ?? byItself;
  const notes: string[] = [];
  const context = {
    ...(await contextOf(job, drive)),
    note: (text: string) => void notes.push(text),
  };
  await context.cluster.checkIdentity(drive.signal);
  const journal = await drive.ports.ledger.journal(job.id, drive.signal);
  const begun = begunChanges(job, journal);

  if (reversal.onConflict === 'stop') {
    const differences = await findConflicts(begun, context);
    if (differences.length > 0) {
      await stopAtConflicts(job, differences, drive);
      return;
    }
  }

  for (const change of undoOrder(begun.map(({ change }) => change))) {
    const entry = begun.find((candidate) => candidate.change === change)?.entry;
    if (entry === undefined) continue;
    await drive.ports.ledger.renewLease(drive.lease, drive.ports.leaseSeconds);
    await undoOne(job, change, entry, reversal, context, drive);
  }

  const to = reversal.reason === 'cancelled' ? 'cancelled' : 'reverted';
  await drive.commit({
    move: { from: 'reverting', to },
    ...(notes.length > 0 && { problem: withNotes(reversal, notes) }),
    events: [jobEvent(job, `job.${to}`, { reason: reversal.reason, undone: begun.length, notes })],
  });
}

/** A job that went back says why; what its undo had to leave to the cluster stands beside it. */
function withNotes({ reason, message }: Reversal, notes: readonly string[]): JobProblem {
  return { code: reason, message: [message, ...notes].join(' ') };
}

interface Begun {
  readonly change: Change;
  readonly entry: JournalEntry;
}

/** Changes that may stand in the cluster, in the order of the plan. */
function begunChanges(job: JobRecord, journal: readonly JournalEntry[]): readonly Begun[] {
  return (job.plan?.changes ?? []).flatMap((change): Begun[] => {
    const entry = journal.find(({ changeId }) => changeId === change.id);
    const stands = entry !== undefined && entry.state !== 'pending' && entry.state !== 'undone';
    return stands ? [{ change, entry }] : [];
  });
}

async function findConflicts(
  begun: readonly Begun[],
  context: ChangeContext,
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const [at, kept] of begun.entries()) {
    // Once an undo is under way, what is there now is partly the undo's own doing.
    if (kept.entry.preImage === null || kept.entry.state === 'undo-intended') continue;
    const later = begun.slice(at + 1).map((other) => other.change);
    const { change, entry } = standing(kept, later) ?? {};
    if (change === undefined || entry?.preImage == null) continue;
    const found = await executorOf(change).conflicts(
      change,
      entry.preImage,
      entry.written,
      context,
    );
    differences.push(...found);
  }
  return differences;
}

async function stopAtConflicts(
  job: JobRecord,
  differences: Difference[],
  drive: Drive,
): Promise<void> {
  const places = differences.map(({ where }) => where).join(', ');
  await drive.commit({
    move: { from: 'reverting', to: 'revert-failed' },
    problem: {
      code: 'undo-conflict',
      message: `Somebody else changed what this job wrote: ${places}. Nothing was undone.`,
      remedy:
        'Undo again with onConflict "keep-theirs" to leave those, or "overwrite" to restore the originals.',
      differences,
    },
    events: [
      jobEvent(job, 'job.revert-failed', {
        code: 'undo-conflict',
        differences: differences as unknown as Json,
      }),
    ],
  });
}

async function undoOne(
  job: JobRecord,
  change: Change,
  entry: JournalEntry,
  reversal: Reversal,
  context: ChangeContext,
  drive: Drive,
): Promise<void> {
  const { preImage } = entry;
  if (preImage === null) return;
  const { checkpoint } = drive.ports;
  const executor = executorOf(change);
  const isBegun = entry.state === 'undo-intended' || executor.prepareUndo === undefined;
  const written = isBegun
    ? entry.written
    : ((await executor.prepareUndo?.(change, preImage, entry.written, context)) ?? null);
  await drive.commit({
    journal: [{ ...entry, written, state: 'undo-intended' }],
    events: [
      jobEvent(job, 'change.undo-intended', {
        changeId: change.id,
        onConflict: reversal.onConflict,
        restores: preImage as unknown as Json,
      }),
    ],
  });
  await checkpoint(`undo-intended:${change.kind}`);
  await context.cluster.checkIdentity(drive.signal);
  await executor.undo(change, preImage, written, reversal.onConflict, context);
  await checkpoint(`undo-written:${change.kind}`);
  await drive.commit({
    journal: [{ ...entry, written, state: 'undone' }],
    events: [jobEvent(job, 'change.undone', { changeId: change.id })],
  });
  await checkpoint(`undone:${change.kind}`);
}
