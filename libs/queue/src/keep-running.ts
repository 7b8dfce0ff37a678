export interface Runner {
  isRunning(): boolean;
  close(): Promise<void>;
}

export interface KeptRunning<R extends Runner> {
  current(): R;
  stop(): void;
}

/**
 * Opens a runner again whenever it is found to have stopped by itself: BullMQ's worker ends its
 * loop for good when something inside throws, while the process lives on without a consumer.
 *
 * @param onReplaced  called after each replacement
 */
export function keepRunning<R extends Runner>(
  open: () => R,
  everyMilliseconds: number,
  onReplaced: () => void,
): KeptRunning<R> {
  let runner = open();
  const timer = setInterval(() => {
    if (runner.isRunning()) return;
    const stopped = runner;
    runner = open();
    onReplaced();
    // It holds connections; how its closing ends changes nothing for its successor.
    stopped.close().catch(() => undefined);
  }, everyMilliseconds);

  return { current: () => runner, stop: () => clearInterval(timer) };
}
