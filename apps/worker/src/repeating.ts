import type { Log } from './log.js';

export interface Repeating {
  /** Runs soon; a wake during a run leads to one more run after it. */
  wake(): void;
  /** No run begins after this; waits for one that runs. Safe to call twice. */
  stop(): Promise<void>;
}

export interface RepeatingOptions {
  /** Asked before each wait, so that it can carry jitter. */
  readonly milliseconds: () => number;
  /** `inRow` is 1 for the first failure after a success. */
  readonly onError: (error: unknown, inRow: number) => void;
}

/** Runs work again and again, one run at a time, from now on. An error ends its run and nothing else. */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  options: RepeatingOptions,
): Repeating {
  const stopping = new AbortController();
  let woken = false;
  let failures = 0;
  let endWait: () => void = () => undefined;

  async function wait(): Promise<void> {
    if (woken || stopping.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, options.milliseconds());
    endWait = resolve;
    await promise;
    clearTimeout(timer);
  }

  async function loop(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      try {
        await work(stopping.signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!stopping.signal.aborted) options.onError(error, failures);
        // Woken again at once it would only fail again as fast as it can.
        woken = false;
      }
      await wait();
    }
  }

  const looping = loop();
  return {
    wake() {
      woken = true;
      endWait();
    },
    stop() {
      stopping.abort();
      endWait();
      return looping;
    },
  };
}

/** The first failure in a row is news; the others only repeat it, once a second or faster. */
export function warnOnce(log: Log, message: string): (error: unknown, inRow: number) => void {
  return (err, inRow) => log[inRow === 1 ? 'warn' : 'debug']({ err }, message);
}
