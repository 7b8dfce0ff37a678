import type { Actor } from '../actor.js';
import type { Sha256 } from '../plan.js';
import type { ProfileCheck } from '../plan-profile.js';
import type { JsonObject } from '../json.js';
import type { Tuner } from '../tuner.js';
import type {
  Checkpoint,
  Clock,
  ClusterConnector,
  EngineCluster,
  JobCommit,
  JobLease,
  JobLedger,
  JobRecord,
} from './ports.js';

/** A static sentence with fields; the worker gives its logger. */
export type EngineLog = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields: JsonObject,
) => void;

export interface EnginePorts {
  readonly ledger: JobLedger;
  readonly connector: ClusterConnector;
  readonly tuners: readonly Tuner[];
  /** Looks across the tuners of one profile before anything is written. */
  readonly checkProfile: ProfileCheck;
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly checkpoint: Checkpoint;
  /** This worker, unlike any other that lives. */
  readonly holder: string;
  readonly leaseSeconds: number;
  /** How long a job may wait for a cluster that does not answer before it gives up or goes back. */
  readonly giveUpSeconds: number;
  readonly log: EngineLog;
}

/** What the steps of one job share while one worker drives it. */
export interface Drive {
  readonly ports: EnginePorts;
  readonly lease: JobLease;
  /** Connected when first asked for. */
  readonly cluster: () => Promise<EngineCluster>;
  readonly signal: AbortSignal;
  readonly commit: (commit: JobCommit) => Promise<void>;
  /** The row as it is now, for wishes that came meanwhile. */
  readonly reload: () => Promise<JobRecord>;
}

/** Fairlead acting on a stored wish. Whose wish it was stands in the job's own events. */
export const engineActor: Actor = {
  kind: 'system',
  id: 'engine',
  name: 'Fairlead engine',
  role: 'operator',
};

/** An audit event about a job, by the engine. */
export function jobEvent(job: JobRecord, type: string, data: JsonObject = {}) {
  return {
    type,
    actor: engineActor,
    subject: { kind: 'job', id: job.id },
    clusterId: job.clusterId,
    jobId: job.id,
    data,
  } as const;
}
