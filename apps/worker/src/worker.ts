import { tuners } from '@fairlead/tuners';
import { openClusters } from './clusters.js';
import type { WorkerEnv } from './env.js';
import { openLog, type Log } from './log.js';
import { runWorker, type RunningWorker } from './run-worker.js';

export interface StartOptions {
  /** 0 up to but not including 1; for the jitter of sweeps and backoffs. */
  readonly random: () => number;
  /** Its own by default, to the standard output. */
  readonly log?: Log;
}

/**
 * Starts a worker: relay, sweeper, consumers, health and metrics. Signals are the caller's business.
 *
 * @throws what kept it from starting: no database, a taken port, a key that is none
 */
export function startWorker(
  env: WorkerEnv,
  { random, log = openLog(env.logLevel) }: StartOptions,
): Promise<RunningWorker> {
  return runWorker({ env, log, random, tuners, openClusters });
}
