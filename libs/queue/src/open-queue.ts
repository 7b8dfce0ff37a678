import { DomainError } from '@fairlead/core';
import type { BulkJobOptions } from 'bullmq';
import type { BellQueue, QueueBackend } from './backend.js';
import type { BellCounts, DoorbellQueue, Ring } from './doorbell.js';
import { listen } from './listener.js';
import { openPostgresBackend } from './postgres-backend.js';
import { openRedisBackend } from './redis-backend.js';
import { defaultRetryPolicy, type RetryPolicy } from './retry.js';

/** The queue's database did not take the rings; they stay where they are and are rung again later. */
export class QueueUnavailable extends DomainError {
  constructor(cause: unknown) {
    super('unavailable', 'queue-unavailable', 'The queue does not answer.', {
      retryAfterSeconds: 5,
      cause,
    });
  }
}

export type QueuePlace =
  | { readonly backend: 'postgres'; readonly databaseUrl: string }
  | { readonly backend: 'redis'; readonly redisUrl: string; readonly prefix?: string };

export type OpenQueueOptions<Bell extends string> = QueuePlace & {
  /** Every doorbell that exists: listening without a handler for each is refused. */
  readonly bells: readonly Bell[];
  readonly retry?: RetryPolicy;
  /** How long a process that died keeps its rings from others. Default 30. */
  readonly lockSeconds?: number;
  /** 0 up to but not including 1; for the jitter of a backoff. */
  readonly random: () => number;
  /** Told of broken connections, which repair themselves, at whatever rate they come. */
  readonly onError?: (error: Error) => void;
  /** Told when a consumer had stopped by itself and was replaced. */
  readonly onReplaced?: (bell: string) => void;
};

/**
 * Opens the doorbells on PostgreSQL (schema `bullmq`, migrated here) or on Redis.
 *
 * @throws QueueUnavailable (kind `unavailable`) when the database cannot be reached
 */
export async function openQueue<const Bell extends string>(
  options: OpenQueueOptions<Bell>,
): Promise<DoorbellQueue<Bell>> {
  const { bells, retry = defaultRetryPolicy } = options;
  const onError = options.onError ?? (() => undefined);
  const backend = await openBackend(options, onError);
  const queues = new Map<Bell, BellQueue>();
  for (const bell of bells) {
    const queue = backend.queue(bell);
    queue.on('error', onError);
    queues.set(bell, queue);
  }

  let closed: Promise<void> | undefined;
  async function closeAll(): Promise<void> {
    await Promise.all([...queues.values()].map((queue) => queue.close()));
    await backend.close();
  }

  return {
    async ring(rings, { overtake = false } = {}) {
      for (const [bell, ids] of byBell(rings)) {
        const queue = queues.get(bell);
        if (queue === undefined) throw new Error(`There is no doorbell ${bell}.`);
        const jobs = ids.map((id) => ({
          name: bell,
          data: { id },
          opts: jobOptions(id, retry, overtake),
        }));
        await queue.addBulk(jobs).catch((error: unknown) => {
          throw new QueueUnavailable(error);
        });
      }
    },
    async listen(handlers, listenOptions) {
      const deaf = bells.filter((bell) => typeof handlers[bell] !== 'function');
      if (deaf.length > 0) throw new Error(`No handler for doorbell ${deaf.join(', ')}.`);
      return listen(backend, bells, handlers, listenOptions, {
        retry,
        lockSeconds: options.lockSeconds ?? 30,
        random: options.random,
        onError,
        onReplaced: options.onReplaced ?? (() => undefined),
      });
    },
    async counts() {
      const counted = await Promise.all(
        [...queues].map(async ([bell, queue]) => [bell, await count(queue)]),
      );
      return Object.fromEntries(counted) as Record<Bell, BellCounts>;
    },
    close: () => (closed ??= closeAll()),
  };
}

async function openBackend(
  options: OpenQueueOptions<string>,
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  try {
    return options.backend === 'postgres'
      ? await openPostgresBackend(options.databaseUrl, options.bells.length, onError)
      : await openRedisBackend(options.redisUrl, options.prefix ?? 'fairlead', onError);
  } catch (error) {
    throw new QueueUnavailable(error);
  }
}

/** One entry per subject: a bulk of equals would only be turned away one by one by the database. */
function byBell<Bell extends string>(rings: readonly Ring<Bell>[]): Map<Bell, string[]> {
  const ids = new Map<Bell, Set<string>>();
  for (const { bell, subjectId } of rings) {
    ids.set(bell, (ids.get(bell) ?? new Set()).add(subjectId));
  }
  return new Map([...ids].map(([bell, subjects]) => [bell, [...subjects]]));
}

function jobOptions(id: string, retry: RetryPolicy, overtake: boolean): BulkJobOptions {
  return {
    // While it waits: one job. While it runs: one more afterwards, so that no wake-up is lost.
    deduplication: { id, keepLastIfActive: true, reschedule: overtake },
    attempts: retry.attempts,
    backoff: { type: 'by-error' },
    removeOnComplete: true,
    removeOnFail: true,
    stackTraceLimit: 0,
  };
}

async function count(queue: BellQueue): Promise<BellCounts> {
  const {
    waiting = 0,
    active = 0,
    delayed = 0,
  } = await queue.getJobCounts('waiting', 'active', 'delayed');
  return { waiting, active, delayed };
}
