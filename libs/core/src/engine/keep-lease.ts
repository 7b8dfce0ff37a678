import { LeaseLost } from '../errors.js';
import type { EnginePorts } from './engine.js';
import type { EngineCluster, JobLease } from './ports.js';

/** Renews a lease in the background, three times in its length, and aborts all work once it is lost. */
export interface LeaseKeeper {
  /** Aborts with the caller's signal, and when the lease is lost. */
  readonly signal: AbortSignal;
  readonly isLost: () => boolean;
  /** From now on the Lease object in the cluster is renewed too. */
  readonly alsoKeep: (cluster: EngineCluster) => void;
  readonly stop: () => Promise<void>;
}

export function keepLease(lease: JobLease, ports: EnginePorts, outer: AbortSignal): LeaseKeeper {
  const lost = new AbortController();
  const stopped = new AbortController();
  const signal = AbortSignal.any([outer, lost.signal]);
  let cluster: EngineCluster | null = null;

  async function renew(): Promise<void> {
    const end = AbortSignal.any([signal, stopped.signal]);
    let renewedAt = ports.clock.now().getTime();
    while (!end.aborted) {
      await ports.clock.sleep((ports.leaseSeconds * 1000) / 3, end).catch(() => undefined);
      if (end.aborted) return;
      try {
        await ports.ledger.renewLease(lease, ports.leaseSeconds);
        renewedAt = ports.clock.now().getTime();
        await cluster?.holdClusterLease(end);
      } catch (error) {
        // A database that is away for a moment is not a lost lease: others cannot take it meanwhile either.
        const silentMilliseconds = ports.clock.now().getTime() - renewedAt;
        if (error instanceof LeaseLost || silentMilliseconds >= ports.leaseSeconds * 1000) {
          lost.abort(
            error instanceof LeaseLost ? error : new LeaseLost('The lease could not be renewed.'),
          );
          return;
        }
      }
    }
  }

  const renewing = renew();
  return {
    signal,
    isLost: () => lost.signal.aborted,
    alsoKeep: (connected) => {
      cluster = connected;
    },
    stop: async () => {
      stopped.abort();
      await renewing;
    },
  };
}
