import type { Change } from '../../change.js';
import { DomainError } from '../../errors.js';
import type { Reversal } from '../../job.js';
import type { Json, JsonObject } from '../../json.js';
import { executorOf } from '../changes/executors.js';
import { ChangeCancelled, type ChangeContext } from '../changes/executor.js';
import { jobEvent, type Drive } from '../engine.js';
import type { JournalEntry, PreImage } from '../journal.js';
import type { JobRecord } from '../ports.js';
import { standing } from '../superseded.js';

const cancelled: Reversal = {
  reason: 'cancelled',
  message: 'The job was cancelled.',
  onConflict: 'stop',
};

/** `applying`: walks the change list. Each change is intended, written, and recorded before the next. */
export async function applyChanges(job: JobRecord, drive: Drive): Promise<void> {
  const { ports, lease, signal } = drive;
  const changes = job.plan?.changes ?? [];
  const journal = await ports.ledger.journal(job.id, signal);

  for (const [ordinal, change] of changes.entries()) {
    const entry = journal.find(({ changeId }) => changeId === change.id);
    if (entry !== undefined && entry.state !== 'pending' && entry.state !== 'intended') continue;
    if ((await drive.reload()).cancelRequested) {
      await goBack(job, drive, cancelled);
      return;
    }
    await ports.ledger.renewLease(lease, ports.leaseSeconds);
    try {
      await applyOne(job, change, { changeId: change.id, ordinal, ...begun(entry) }, drive);
    } catch (error) {
      if (!(error instanceof ChangeCancelled)) throw error;
      await goBack(job, drive, cancelled);
      return;
    }
  }

  await drive.commit({
    move: { from: 'applying', to: 'verifying' },
    events: [jobEvent(job, 'job.verifying', { changes: changes.length })],
  });
}

async function applyOne(
  job: JobRecord,
  change: Change,
  entry: JournalEntry,
  drive: Drive,
): Promise<void> {
  const { checkpoint } = drive.ports;
  const context = await contextOf(job, drive);
  const executor = executorOf(change);

  await context.cluster.checkIdentity(drive.signal);
  const before = entry.preImage ?? (await executor.capture(change, context));
  if (entry.state === 'pending') {
    await drive.commit({
      journal: [{ ...entry, state: 'intended', preImage: before }],
      events: [jobEvent(job, 'change.intended', intention(change, before))],
    });
  }
  await checkpoint(`intended:${change.kind}`);
  const written = await executor.write(change, before, context);
  await checkpoint(`written:${change.kind}`);
  await drive.commit({
    journal: [{ ...entry, state: 'applied', preImage: before, written }],
    events: [
      jobEvent(job, 'change.applied', {
        changeId: change.id,
        resumed: entry.state === 'intended',
        result: written as unknown as Json,
      }),
    ],
  });
  await checkpoint(`applied:${change.kind}`);
}

/** `verifying`: reads every change back where it matters. */
export async function verifyChanges(job: JobRecord, drive: Drive): Promise<void> {
  const context = await contextOf(job, drive);
  const changes = job.plan?.changes ?? [];
  const journal = await drive.ports.ledger.journal(job.id, drive.signal);
  const wrong: string[] = [];
  const verified: JournalEntry[] = [];

  for (const [at, change] of changes.entries()) {
    const entry = journal.find(({ changeId }) => changeId === change.id);
    if (entry?.written == null) continue;
    const left = standing({ change, entry }, changes.slice(at + 1));
    const problem =
      left?.entry.written == null
        ? null
        : await executorOf(left.change).verify(left.change, left.entry.written, context);
    if (problem === null) verified.push({ ...entry, state: 'verified' });
    else wrong.push(problem);
  }

  if (wrong.length > 0) {
    const message = wrong.join(' ');
    await goBack(job, drive, { reason: 'verification-failed', message, onConflict: 'keep-theirs' });
    return;
  }
  await drive.commit({
    move: { from: 'verifying', to: 'settling' },
    journal: verified,
    settledFrom: drive.ports.clock.now(),
    events: [
      jobEvent(job, 'change.verified', { changeIds: verified.map(({ changeId }) => changeId) }),
      jobEvent(job, 'job.settling', { seconds: job.measuring.settleSeconds }),
    ],
  });
}

/** Turns a job round: from here on it takes back what it wrote. */
export async function goBack(job: JobRecord, drive: Drive, reversal: Reversal): Promise<void> {
  await drive.commit({
    move: { from: job.state, to: 'reverting' },
    reversal,
    problem: { code: reversal.reason, message: reversal.message },
    events: [
      jobEvent(job, 'job.reverting', { reason: reversal.reason, message: reversal.message }),
    ],
  });
}

export async function contextOf(job: JobRecord, drive: Drive): Promise<ChangeContext> {
  return {
    cluster: await drive.cluster(),
    clock: drive.ports.clock,
    jobId: job.id,
    signal: drive.signal,
    checkpoint: drive.ports.checkpoint,
    isCancelled: async () => (await drive.reload()).cancelRequested,
  };
}

function begun(
  entry: JournalEntry | undefined,
): Pick<JournalEntry, 'state' | 'preImage' | 'written'> {
  const { state, preImage, written } = entry ?? { state: 'pending', preImage: null, written: null };
  return { state, preImage, written };
}

/** What the audit log says before a write: where, what was there, what it is to become. */
function intention(change: Change, before: PreImage): JsonObject {
  const told: JsonObject = { changeId: change.id, kind: change.kind, summary: change.summary };
  switch (change.kind) {
    case 'node':
      return {
        ...told,
        key: change.key,
        after: change.after,
        before: (before as JsonObject)['nodes'] ?? [],
      };
    case 'edit':
      return { ...told, object: change.object, edits: change.edits };
    case 'restart': {
      const nodes = change.nodeByNode?.nodes;
      return { ...told, object: change.object, ...(nodes !== undefined && { nodes }) };
    }
    case 'await':
      return { ...told, condition: change.condition };
    default:
      return { ...told, object: change.object };
  }
}

/** Whether an error of a write is the cluster's way of saying "not now". */
export function mayPass(error: unknown): boolean {
  return (
    error instanceof DomainError && (error.kind === 'unavailable' || error.kind === 'exhausted')
  );
}
