import { DomainError, LeaseLost } from '../errors.js';
import { hasEnded } from '../job.js';
import type { Drive, EnginePorts } from './engine.js';
import { endWithError } from './give-up.js';
import { keepLease } from './keep-lease.js';
import type { EngineCluster, JobRecord } from './ports.js';
import { takeStep } from './take-step.js';

/** `ended`: nothing more to do; `waiting`: for an approval; `busy`: another worker or job has the cluster. */
export type DriveResult = 'ended' | 'waiting' | 'busy';

/**
 * Takes a job as far as it goes: to its end, to a wait for approval, or until the signal. Safe to call
 * at any time, by any number of workers, any number of times: the lease lets one in, and each step
 * begins from the job's row and from what the cluster shows.
 *
 * @throws a DomainError of kind `unavailable` when the cluster cannot be reached now: call again later
 */
export async function driveJob(
  jobId: string,
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<DriveResult> {
  const job = await ports.ledger.load(jobId, signal);
  const idle = idleResult(job);
  if (idle !== null) return idle;
  const lease = await ports.ledger.acquireLease(
    { jobId, clusterId: job.clusterId },
    ports.holder,
    ports.leaseSeconds,
  );
  if (lease === null) return 'busy';

  const keeper = keepLease(lease, ports, signal);
  let connecting: Promise<EngineCluster> | null = null;
  const drive: Drive = {
    ports,
    lease,
    signal: keeper.signal,
    cluster: () => (connecting ??= connect(job.clusterId, keeper, drive)),
    commit: (commit) => {
      const seconds = 2 * ports.leaseSeconds;
      const ends = commit.move !== undefined && hasEnded(commit.move.to);
      const recheckAt = ends ? null : new Date(ports.clock.now().getTime() + seconds * 1000);
      return ports.ledger.commit(lease, { recheckAt, ...commit });
    },
    reload: () => ports.ledger.load(jobId, keeper.signal),
  };

  try {
    return await drivePhases(drive);
  } catch (error) {
    if (error instanceof LeaseLost || keeper.isLost()) return 'busy';
    throw error;
  } finally {
    await leave(connecting, keeper, drive);
  }
}

async function drivePhases(drive: Drive): Promise<DriveResult> {
  for (;;) {
    drive.signal.throwIfAborted();
    const job = await drive.reload();
    const idle = idleResult(job);
    if (idle !== null) return idle;
    try {
      await takeStep(job, drive);
      await drive.ports.checkpoint(`left:${job.state}`);
    } catch (error) {
      if (error instanceof LeaseLost || drive.signal.aborted) throw error;
      await endWithError(await drive.reload(), error, drive);
    }
  }
}

/** Null when there is something to do now. */
function idleResult(job: JobRecord): DriveResult | null {
  if (hasEnded(job.state)) return 'ended';
  const waits = job.state === 'awaiting-approval' && !job.cancelRequested;
  return waits && job.approvedHash !== job.planHash ? 'waiting' : null;
}

async function connect(
  clusterId: string,
  keeper: ReturnType<typeof keepLease>,
  drive: Drive,
): Promise<EngineCluster> {
  const cluster = await drive.ports.connector.connect(clusterId, drive.lease, drive.signal);
  try {
    await cluster.checkIdentity(drive.signal);
    await cluster.holdClusterLease(drive.signal);
  } catch (error) {
    await cluster.close();
    throw error;
  }
  keeper.alsoKeep(cluster);
  return cluster;
}

/** Takes down what the job had in the cluster, then lets go. A failure here never hides the job's own. */
async function leave(
  connecting: Promise<EngineCluster> | null,
  keeper: ReturnType<typeof keepLease>,
  drive: Drive,
): Promise<void> {
  const { ports, lease } = drive;
  const wasLost = keeper.isLost();
  await keeper.stop();
  const cluster = await connecting?.catch(() => null);
  const patience = AbortSignal.timeout(30_000);
  try {
    if (cluster && !wasLost) {
      await cluster.stopAgents(patience);
      await cluster.releaseClusterLease(patience);
    }
  } catch (error) {
    ports.log('warn', 'Could not take down the agents; they end by themselves', {
      job: lease.jobId,
      cluster: lease.clusterId,
      code: error instanceof DomainError ? error.code : 'internal',
    });
  } finally {
    await cluster?.close();
    if (!wasLost) await ports.ledger.releaseLease(lease);
  }
}
