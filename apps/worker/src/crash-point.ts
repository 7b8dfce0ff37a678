import type { Checkpoint } from '@fairlead/core';
import type { WorkerEnv } from './env.js';

/**
 * For tests of the engine's recovery: kills this very process, without a farewell, when a
 * checkpoint is reached for the n-th time. Without a crash point every checkpoint lets pass.
 *
 * @param kill  ends the process at once; what comes after it must not run
 */
export function crashPoint(crashAt: WorkerEnv['crashAt'], kill: () => void): Checkpoint {
  if (crashAt === undefined) return () => Promise.resolve();
  let reached = 0;
  return async (name) => {
    if (name !== crashAt.name) return;
    reached += 1;
    if (reached !== crashAt.nth) return;
    kill();
    // The signal arrives between two instructions of ours, not necessarily before the next one.
    await new Promise<never>(() => undefined);
  };
}

export function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
