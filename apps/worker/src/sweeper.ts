import type { Clock } from '@fairlead/core';
import type { DoorbellQueue } from '@fairlead/queue';
import type { Doorbell, Store } from '@fairlead/store';
import type { Log } from './log.js';
import type { WorkerMetrics } from './metrics.js';
import { repeat, warnOnce, type Repeating } from './repeating.js';

const rowsAtOnce = 1_000;

export interface SweeperPorts {
  readonly store: { readonly outbox: Pick<Store['outbox'], 'overdue'> };
  readonly queue: Pick<DoorbellQueue<Doorbell>, 'ring'>;
  readonly metrics: Pick<WorkerMetrics, 'rung'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly sweepSeconds: number;
  /** 0 up to but not including 1. */
  readonly random: () => number;
}

/**
 * Rings again whatever should have been looked at by now, so that losing every queue job loses time
 * only. What waits or runs already is not rung twice: that is the queue's to see.
 */
export function startSweeper(ports: SweeperPorts): Repeating {
  const { store, queue, metrics, log } = ports;

  async function sweep(): Promise<void> {
    const overdue = await store.outbox.overdue(ports.clock.now(), rowsAtOnce);
    await queue.ring(overdue);
    for (const { bell } of overdue) metrics.rung(bell, 'sweeper');
  }

  return repeat(sweep, {
    // Workers that started together would otherwise all ask at once, for ever.
    milliseconds: () => ports.sweepSeconds * 1_000 * (0.75 + ports.random() / 2),
    onError: warnOnce(log, 'Could not sweep for overdue work, will try again'),
  });
}
