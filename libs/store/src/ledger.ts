import {
  Conflict,
  hasEnded,
  Internal,
  mayMove,
  NotFound,
  type JobCommit,
  type JobLease,
  type JobLedger,
  type JournalEntry,
} from '@fairlead/core';
import type { Database, Db } from './database/database.js';
import { json, jsonOrNull } from './database/json-column.js';
import type { Prisma } from './generated/client.js';
import { knownId } from './ids.js';
import { assertLease, dropLease, extendLease, takeLease } from './leases.js';
import { toEntry, toJobRecord } from './repositories/job-rows.js';
import { putObservations } from './repositories/observations.js';
import { insertSamples } from './repositories/samples.js';
import { finish, type Ring } from './repositories/transaction.js';

/** Jobs of one cluster that are rung for when it comes free. The first gets it; the others wait on. */
const nextInLine = 3;

export function ledgerOn(database: Database): JobLedger {
  return {
    async load(jobId) {
      const id = knownId('job', jobId);
      const row = await database.query((db) => db.job.findUnique({ where: { id } }));
      if (row === null) throw new NotFound('job', jobId);
      return toJobRecord(row);
    },

    async journal(jobId) {
      const where = { jobId: knownId('job', jobId) };
      const rows = await database.query((db) =>
        db.changeJournal.findMany({ where, orderBy: { ordinal: 'asc' } }),
      );
      return rows.map(toEntry);
    },

    acquireLease: (job, holder, seconds) =>
      database.transaction((db) => takeLease(db, job, holder, seconds)),

    renewLease: (lease, seconds) => database.transaction((db) => extendLease(db, lease, seconds)),

    releaseLease: (lease, left) =>
      database.transaction(async (db, { sql }) => {
        if (!(await dropLease(db, lease))) return;
        // An undo that was asked for meanwhile is no end any more, and keeps its recheck.
        if (left === 'nothing') {
          const where = { id: lease.jobId, endedAt: { not: null } };
          await db.job.updateMany({ where, data: { recheckAt: null } });
        }
        await finish(sql, { rings: await waitingFor(db, lease) });
      }),

    commit: (lease, commit) =>
      database.transaction(async (db, { last }) => {
        await assertLease(db, lease);
        await updateJob(db, lease.jobId, commit);
        if (commit.plan !== undefined) {
          await db.$executeRaw`DELETE FROM change_journal WHERE job_id = ${lease.jobId}::uuid`;
        }
        if (commit.journal?.length) await writeJournal(db, lease.jobId, commit.journal);
        if (commit.samples?.length) await insertSamples(db, lease.jobId, commit.samples);
        if (commit.observations !== undefined) {
          await putObservations(db, lease.clusterId, commit.observations);
        }
        await finish(last, { events: commit.events });
      }),
  };
}

async function updateJob(db: Db, jobId: string, commit: JobCommit): Promise<void> {
  const { move } = commit;
  if (move !== undefined && !mayMove(move.from, move.to)) {
    throw new Internal(`A job never moves from ${move.from} to ${move.to}.`);
  }
  const where = { id: jobId, ...(move === undefined ? {} : { state: move.from }) };
  const { count } = await db.job.updateMany({ where, data: jobData(commit, new Date()) });
  if (count === 0) {
    throw new Conflict('job-moved', `The job ${jobId} is not ${move?.from ?? 'there'} any more.`);
  }
}

function jobData(commit: JobCommit, now: Date): Prisma.JobUpdateManyMutationInput {
  const { move, plan, reversal, problem, measureAttempt, settledFrom, recheckAt } = commit;
  const data: Prisma.JobUpdateManyMutationInput = { updatedAt: now, version: { increment: 1 } };
  if (move !== undefined) {
    data.state = move.to;
    data.stateSince = now;
    data.endedAt = hasEnded(move.to) ? now : null;
  }
  if (plan !== undefined) {
    data.plan = json(plan.plan);
    data.planHash = plan.hash;
  }
  if (commit.observations !== undefined) data.observedAt = now;
  if (reversal !== undefined) data.reversal = json(reversal);
  if (problem !== undefined) data.problem = jsonOrNull(problem);
  if (measureAttempt !== undefined) data.measureAttempt = measureAttempt;
  if (settledFrom !== undefined) data.settledFrom = settledFrom;
  if (recheckAt !== undefined) data.recheckAt = recheckAt;
  return data;
}

async function writeJournal(
  db: Db,
  jobId: string,
  entries: readonly JournalEntry[],
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO change_journal (job_id, change_id, ordinal, state, pre_image, written)
    SELECT ${jobId}::uuid, entry."changeId", entry.ordinal, entry.state,
           NULLIF(entry."preImage", 'null'::jsonb), NULLIF(entry.written, 'null'::jsonb)
    FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb) AS entry(
      "changeId" text, ordinal int, state text, "preImage" jsonb, written jsonb
    )
    ON CONFLICT (job_id, change_id) DO UPDATE
    SET ordinal = EXCLUDED.ordinal, state = EXCLUDED.state, pre_image = EXCLUDED.pre_image,
        written = EXCLUDED.written, updated_at = now()`;
}

async function waitingFor(db: Db, lease: JobLease): Promise<readonly Ring[]> {
  const jobs = await db.job.findMany({
    where: { clusterId: lease.clusterId, state: 'queued', id: { not: lease.jobId } },
    orderBy: { id: 'asc' },
    take: nextInLine,
    select: { id: true },
  });
  return jobs.map(({ id }) => ({ bell: 'drive-job', subjectId: id }));
}
