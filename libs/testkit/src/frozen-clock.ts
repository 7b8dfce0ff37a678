import type { Clock } from '@fairlead/core';

export interface FrozenClock extends Clock {
  /** Moves time on, and wakes every sleeper whose time has come. */
  advance(milliseconds: number): void;
}

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that stands still until the test moves it. Sleeping waits for that, or for the abort. */
export function frozenClock(start = new Date('2026-01-01T00:00:00.000Z')): FrozenClock {
  let now = start.getTime();
  const sleepers = new Set<Sleeper>();

  return {
    now: () => new Date(now),

    sleep(milliseconds, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal.aborted) {
        reject(signal.reason as Error);
        return promise;
      }
      const abort = () => {
        sleepers.delete(sleeper);
        reject(signal.reason as Error);
      };
      const sleeper: Sleeper = {
        wakeAt: now + milliseconds,
        wake: () => {
          signal.removeEventListener('abort', abort);
          resolve();
        },
      };
      if (milliseconds <= 0) {
        resolve();
        return promise;
      }
      signal.addEventListener('abort', abort, { once: true });
      sleepers.add(sleeper);
      return promise;
    },

    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of [...sleepers].toSorted((a, b) => a.wakeAt - b.wakeAt)) {
        if (sleeper.wakeAt > now) continue;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
    },
  };
}
