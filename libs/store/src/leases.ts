import { LeaseLost, NotFound, type JobLease } from '@fairlead/core';
import type { Db } from './database/database.js';
import { isForeignKeyViolation } from './database/database-errors.js';

/**
 * Takes a cluster for a job: when nobody holds it, when the holder's time is up, or again by the same
 * holder for the same job. The fence grows each time, so that an older lease of anybody is stale.
 * Time is the database's, since workers' clocks differ.
 */
export async function takeLease(
  db: Db,
  job: { readonly jobId: string; readonly clusterId: string },
  holder: string,
  seconds: number,
): Promise<JobLease | null> {
  const [taken] = await insertLease(db, job, holder, seconds);
  if (taken === undefined) return null;
  await db.$executeRaw`
    UPDATE jobs SET recheck_at = now() + ${seconds} * interval '1 second'
    WHERE id = ${job.jobId}::uuid AND recheck_at IS NOT NULL`;
  return { clusterId: job.clusterId, jobId: job.jobId, holder, fence: Number(taken.fence) };
}

async function insertLease(
  db: Db,
  { jobId, clusterId }: { readonly jobId: string; readonly clusterId: string },
  holder: string,
  seconds: number,
): Promise<readonly { readonly fence: bigint }[]> {
  try {
    return await db.$queryRaw<{ fence: bigint }[]>`
      INSERT INTO cluster_leases AS held (cluster_id, job_id, holder, fence, expires_at)
      VALUES (${clusterId}::uuid, ${jobId}::uuid, ${holder}, 1,
              clock_timestamp() + ${seconds} * interval '1 second')
      ON CONFLICT (cluster_id) DO UPDATE
      SET job_id = EXCLUDED.job_id, holder = EXCLUDED.holder, fence = held.fence + 1,
          expires_at = EXCLUDED.expires_at
      WHERE held.holder IS NULL OR held.expires_at <= clock_timestamp()
         OR (held.holder = EXCLUDED.holder AND held.job_id = EXCLUDED.job_id)
      RETURNING held.fence`;
  } catch (cause) {
    if (isForeignKeyViolation(cause)) throw new NotFound('cluster', clusterId);
    throw cause;
  }
}

/**
 * Holds the lease's row to the end of the transaction, so that nobody acquires it meanwhile. A lease
 * that expired and that nobody took since still counts: its fence is the newest.
 */
export async function assertLease(db: Db, lease: JobLease): Promise<void> {
  const held = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM cluster_leases
    WHERE cluster_id = ${lease.clusterId}::uuid AND job_id = ${lease.jobId}::uuid
      AND holder = ${lease.holder} AND fence = ${lease.fence}
    FOR UPDATE`;
  if (held.length === 0) throw lost(lease);
}

export async function extendLease(db: Db, lease: JobLease, seconds: number): Promise<void> {
  const renewed = await db.$executeRaw`
    UPDATE cluster_leases SET expires_at = clock_timestamp() + ${seconds} * interval '1 second'
    WHERE cluster_id = ${lease.clusterId}::uuid AND job_id = ${lease.jobId}::uuid
      AND holder = ${lease.holder} AND fence = ${lease.fence}`;
  if (renewed === 0) throw lost(lease);
  await db.$executeRaw`
    UPDATE jobs SET recheck_at = now() + ${seconds} * interval '1 second'
    WHERE id = ${lease.jobId}::uuid AND recheck_at IS NOT NULL`;
}

/** Lets go, and rings for the jobs that were waiting for the cluster. A lease that is lost is let go already. */
export async function dropLease(db: Db, lease: JobLease): Promise<boolean> {
  const released = await db.$executeRaw`
    UPDATE cluster_leases SET holder = NULL, expires_at = clock_timestamp()
    WHERE cluster_id = ${lease.clusterId}::uuid AND job_id = ${lease.jobId}::uuid
      AND holder = ${lease.holder} AND fence = ${lease.fence}`;
  return released > 0;
}

function lost(lease: JobLease): LeaseLost {
  return new LeaseLost(
    `${lease.holder} no longer holds cluster ${lease.clusterId} with fence ${lease.fence}.`,
  );
}
