import type { DoorbellQueue } from '@fairlead/queue';
import type { Doorbell, Store } from '@fairlead/store';
import type { Log } from './log.js';
import type { WorkerMetrics } from './metrics.js';
import { repeat, warnOnce, type Repeating } from './repeating.js';

const rowsAtOnce = 500;
const everyMilliseconds = 1_000;

export interface RelayPorts {
  readonly store: Pick<Store, 'outbox' | 'onCommit'>;
  readonly queue: Pick<DoorbellQueue<Doorbell>, 'ring'>;
  readonly metrics: Pick<WorkerMetrics, 'rung'>;
  readonly log: Log;
}

/**
 * Carries outbox rows to the queue, soon after their commit, or within a second when the
 * notification was lost. A row goes only after its ring arrived, so that each rings at least once.
 */
export function startRelay({ store, queue, metrics, log }: RelayPorts): Repeating {
  async function relay(signal: AbortSignal): Promise<void> {
    for (let carried = rowsAtOnce; carried >= rowsAtOnce && !signal.aborted;) {
      carried = await store.outbox.relay(rowsAtOnce, async (rows) => {
        // Somebody has just wished for something: a backoff of an earlier failure must not delay it.
        await queue.ring(rows, { overtake: true });
        for (const row of rows) metrics.rung(row.bell, 'relay');
      });
    }
  }

  const relaying = repeat(relay, {
    milliseconds: () => everyMilliseconds,
    onError: warnOnce(log, 'Could not relay doorbells, will try again'),
  });
  const unsubscribe = store.onCommit(() => relaying.wake());
  return {
    wake: () => relaying.wake(),
    stop() {
      unsubscribe();
      return relaying.stop();
    },
  };
}
