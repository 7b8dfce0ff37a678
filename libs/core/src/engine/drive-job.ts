import { DomainError, LeaseLost } from '../errors.js';
import { hasEnded } from '../job.js';
import type { Drive, EnginePorts } from './engine.js';
import { endWithError } from './give-up.js';
import { keepLease } from './keep-lease.js';
import type { EngineCluster, JobRecord } from './ports.js';
import { mayPass } from './steps/apply-step.js';
import { takeStep } from './take-step.js';

/** What is not gone by then is left for the next look at the job. */
const takeDownSeconds = 30;

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
  if (idle === 'waiting' || (idle === 'ended' && job.recheckAt === null)) return idle;
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
      // An ended job is looked at again too, until nothing of it is left in the cluster.
      const recheckAt = new Date(ports.clock.now().getTime() + seconds * 1000);
      return ports.ledger.commit(lease, { recheckAt, ...commit });
    },
    reload: () => ports.ledger.load(jobId, keeper.signal),
  };

  try {
    const result = await drivePhases(drive);
    // What an earlier worker left there can only be taken down through a connection.
    if (result === 'ended' && job.state !== 'queued') await drive.cluster().catch(() => undefined);
    return result;
  } catch (error) {
    if (error instanceof LeaseLost || keeper.isLost()) return 'busy';
    throw error;
  } finally {
    await leave(job, connecting, keeper, drive);
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

/**
 * Takes down what the job had in the cluster, then lets go. A failure here never hides the job's own,
 * and what it leaves is for whoever looks at the job next: an ended one keeps its `recheckAt`.
 */
async function leave(
  job: JobRecord,
  connecting: Promise<EngineCluster> | null,
  keeper: ReturnType<typeof keepLease>,
  drive: Drive,
): Promise<void> {
  const { ports, lease } = drive;
  const wasLost = keeper.isLost();
  await keeper.stop();
  let left: 'nothing' | 'something' = 'nothing';
  let cluster: EngineCluster | undefined;
  try {
    cluster = await (connecting ?? undefined);
    if (cluster !== undefined && !wasLost) await takeDown(cluster);
  } catch (error) {
    if (!isHopeless(job, error, drive)) left = 'something';
    ports.log('warn', 'Could not take down the agents; they end by themselves', {
      job: lease.jobId,
      cluster: lease.clusterId,
      code: error instanceof DomainError ? error.code : 'internal',
    });
  } finally {
    await cluster?.close();
    if (!wasLost) await ports.ledger.releaseLease(lease, left);
  }
}

async function takeDown(cluster: EngineCluster): Promise<void> {
  const patience = AbortSignal.timeout(takeDownSeconds * 1000);
  await cluster.stopAgents(patience);
  await cluster.releaseClusterLease(patience);
}

/** Nothing to be had by another try: the cluster is not ours to tidy, or has been away for too long. */
function isHopeless(job: JobRecord, error: unknown, { ports }: Drive): boolean {
  if (!hasEnded(job.state)) return false;
  const seconds = (ports.clock.now().getTime() - job.stateSince.getTime()) / 1000;
  return (error instanceof DomainError && !mayPass(error)) || seconds > ports.giveUpSeconds;
}
