import { driveJob, hasEnded, type EnginePorts } from '@fairlead/core';
import type { Store } from '@fairlead/store';
import type { WorkerMetrics } from '../metrics.js';

export interface DriveJobPorts {
  readonly engine: EnginePorts;
  readonly store: Pick<Store, 'read'>;
  readonly metrics: Pick<WorkerMetrics, 'jobEnded'>;
}

/** Takes a job as far as it goes. A job that has to wait is rung again by who ends the wait, or by the sweeper. */
export function driveJobConsumer(ports: DriveJobPorts) {
  return async (jobId: string, signal: AbortSignal): Promise<void> => {
    const { store, engine } = ports;
    const before = await engine.ledger.load(jobId, signal);
    const result = await driveJob(jobId, engine, signal);
    if (result === 'busy') {
      // Thrown while this process closes, so that the ring goes back to the queue.
      signal.throwIfAborted();
      return;
    }

    if (result !== 'ended' || hasEnded(before.state)) return;
    const job = await store.read((tx) => tx.jobs.get(jobId));
    const end = (job.endedAt ?? job.updatedAt).getTime();
    ports.metrics.jobEnded(job.state, (end - job.createdAt.getTime()) / 1_000);
  };
}
