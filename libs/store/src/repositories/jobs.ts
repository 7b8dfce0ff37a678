import { NotFound, PreconditionFailed, mayMove, type JobState } from '@fairlead/core';
import type { JobRow, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import { json } from '../database/json-column.js';
import { keyset, pageOf } from '../database/pages.js';
import type { Sql } from '../database/sql.js';
import type { Job, Prisma } from '../generated/client.js';
import { knownId } from '../ids.js';
import { toEntry, toJobRow } from './job-rows.js';

/** When the sweeper rings for a job whose doorbell got lost. */
const lostBellSeconds = 15;

export function jobsIn(db: Db, sql: Sql): Tx['jobs'] {
  async function get(id: string, lock = false): Promise<JobRow> {
    const job = await find(id, lock);
    return toJobRow(job, await journalOf(db, [job.id]));
  }

  async function find(id: string, lock: boolean): Promise<Job> {
    const known = knownId('job', id);
    if (lock) await db.$queryRaw`SELECT id FROM jobs WHERE id = ${known}::uuid FOR UPDATE`;
    const row = await db.job.findUnique({ where: { id: known } });
    if (row === null) throw new NotFound('job', id);
    return row;
  }

  async function change(id: string, data: Prisma.JobUpdateInput): Promise<void> {
    await db.job.update({
      where: { id },
      data: { ...data, version: { increment: 1 }, updatedAt: new Date(), recheckAt: soon() },
    });
  }

  return {
    get,

    create: (job) => createJob(sql, job),

    async list(page, { clusterId, state }) {
      const { where, ...rest } = keyset(page);
      const rows = await db.job.findMany({
        ...rest,
        where: {
          ...where,
          ...(clusterId === undefined ? {} : { clusterId: knownId('cluster', clusterId) }),
          ...(state === undefined ? {} : { state: { in: [...state] } }),
        },
      });
      const journal = await journalOf(
        db,
        rows.slice(0, page.limit).map(({ id }) => id),
      );
      return pageOf(rows, page.limit, (row) => toJobRow(row, journal));
    },

    async approve(id, planHash) {
      const job = await find(id, true);
      if (job.state !== 'awaiting-approval') {
        throw new PreconditionFailed('job-not-awaiting-approval', `The job is ${job.state}.`, {
          remedy: 'Only a job that awaits approval can be approved.',
        });
      }
      if (job.planHash !== planHash) {
        throw new PreconditionFailed(
          'plan-changed',
          'The plan is no longer the one that was seen.',
          {
            remedy: 'Read the plan again and approve its hash.',
          },
        );
      }
      await change(job.id, { approvedHash: planHash });
    },

    async requestCancel(id) {
      const job = await find(id, true);
      if (job.endedAt !== null) {
        throw new PreconditionFailed('job-has-ended', `The job is ${job.state} already.`, {
          remedy: 'Undo the job if it wrote something.',
        });
      }
      if (!job.cancelRequested) await change(job.id, { cancelRequested: true });
    },

    async startUndo(id, reversal) {
      const job = await find(id, true);
      const state = job.state as JobState;
      if (job.endedAt === null || !mayMove(state, 'reverting')) {
        throw new PreconditionFailed(
          'job-not-undoable',
          `A job that is ${state} cannot be undone.`,
          {
            remedy: 'Only a job that succeeded, or whose undo failed, can be undone.',
          },
        );
      }
      const cluster = await db.cluster.count({ where: { id: job.clusterId } });
      if (cluster === 0) throw new NotFound('cluster', job.clusterId);
      await change(job.id, {
        state: 'reverting' satisfies JobState,
        stateSince: new Date(),
        reversal: json(reversal),
        cancelRequested: false,
        endedAt: null,
      });
    },
  };
}

type NewJob = Parameters<Tx['jobs']['create']>[0];

/** One statement, since this is the busiest command. It holds the cluster against a removal in the same moment. */
async function createJob(sql: Sql, job: NewJob): Promise<JobRow> {
  const clusterId = knownId('cluster', job.clusterId);
  const profileId = knownId('profile', job.profileId);
  const state: JobState = 'queued';
  const recheckAt = soon();
  const [row] = await sql<{ readonly createdAt: Date }>`
    WITH held AS (SELECT id FROM clusters WHERE id = ${clusterId}::uuid FOR KEY SHARE)
    INSERT INTO jobs (id, cluster_id, profile_id, profile_revision, settings, measuring, approval,
                      state, created_by, recheck_at)
    SELECT ${job.id}::uuid, held.id, ${profileId}::uuid, ${job.profileRevision},
           ${JSON.stringify(job.settings)}::jsonb, ${JSON.stringify(job.measuring)}::jsonb,
           ${job.approval}, ${state}, ${JSON.stringify(job.actor)}::jsonb, ${recheckAt}
    FROM held
    RETURNING created_at AS "createdAt"`;
  if (row === undefined) throw new NotFound('cluster', job.clusterId);
  const { createdAt } = row;
  const { actor, ...asked } = job;
  return {
    ...asked,
    clusterId,
    profileId,
    state,
    createdBy: actor,
    plan: null,
    planHash: null,
    approvedHash: null,
    cancelRequested: false,
    reversal: null,
    problem: null,
    stateSince: createdAt,
    measureAttempt: 0,
    settledFrom: null,
    recheckAt,
    journal: [],
    observedAt: null,
    createdAt,
    updatedAt: createdAt,
    endedAt: null,
    version: 1,
  };
}

export async function journalOf(db: Db, jobIds: readonly string[]) {
  if (jobIds.length === 0) return [];
  const where = { jobId: jobIds.length === 1 ? (jobIds[0] ?? '') : { in: [...jobIds] } };
  const rows = await db.changeJournal.findMany({ where, orderBy: { ordinal: 'asc' } });
  return rows.map((row) => ({ jobId: row.jobId, entry: toEntry(row) }));
}

function soon(): Date {
  return new Date(Date.now() + lostBellSeconds * 1000);
}
