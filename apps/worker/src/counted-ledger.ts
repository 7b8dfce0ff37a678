import type { JobLedger } from '@fairlead/core';
import type { WorkerMetrics } from './metrics.js';

/** The same ledger, counting the moves that it took. */
export function countedLedger(
  ledger: JobLedger,
  metrics: Pick<WorkerMetrics, 'jobMoved'>,
): JobLedger {
  return {
    load: (jobId, signal) => ledger.load(jobId, signal),
    journal: (jobId, signal) => ledger.journal(jobId, signal),
    acquireLease: (job, holder, seconds) => ledger.acquireLease(job, holder, seconds),
    renewLease: (lease, seconds) => ledger.renewLease(lease, seconds),
    releaseLease: (lease, left) => ledger.releaseLease(lease, left),
    async commit(lease, commit) {
      await ledger.commit(lease, commit);
      if (commit.move !== undefined) metrics.jobMoved(commit.move.to);
    },
  };
}
