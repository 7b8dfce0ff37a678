import type { Store } from '@fairlead/store';

/** Even if a notification were lost, a watcher looks again after this long. */
const lookAgainMilliseconds = 15_000;

export interface Wakeups {
  /** Call before a look: commits from now on end the next wait at once. */
  arm(): void;
  /** Returns at the next commit, after a while, or when the signal aborts. */
  next(): Promise<void>;
  close(): void;
}

/** Turns commits into something a loop can wait for, without losing one between a look and a wait. */
export function wakeups(store: Pick<Store, 'onCommit'>, signal: AbortSignal): Wakeups {
  let seen = false;
  let wake: (() => void) | undefined;
  const ring = () => {
    seen = true;
    wake?.();
  };
  const unsubscribe = store.onCommit(ring);
  signal.addEventListener('abort', ring);
  return {
    arm() {
      seen = false;
    },
    next() {
      return new Promise((resolve) => {
        if (seen || signal.aborted) return resolve();
        const timer = setTimeout(ring, lookAgainMilliseconds);
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          resolve();
        };
      });
    },
    close() {
      unsubscribe();
      signal.removeEventListener('abort', ring);
    },
  };
}
