import { DomainError } from '@fairlead/core';
import { UnrecoverableError, WaitingError } from 'bullmq';
import type { BellJob, BellWorker, QueueBackend } from './backend.js';
import type { HandlerRun, Handlers, Listener, ListenOptions, Outcome } from './doorbell.js';
import { keepRunning } from './keep-running.js';
import { backoffMilliseconds, reactionTo, type RetryPolicy } from './retry.js';

export interface ListenerSettings {
  readonly retry: RetryPolicy;
  /** A ring whose process died is taken by another after at most this and the half of it. */
  readonly lockSeconds: number;
  readonly random: () => number;
  readonly onError: (error: Error) => void;
  readonly onReplaced: (bell: string) => void;
}

/** The failure as the queue's database sees it: a code, never a message that could carry more. */
class HandlerFailed extends Error {
  override readonly cause: unknown;
  constructor(cause: unknown) {
    super(codeOf(cause));
    this.cause = cause;
  }
}

/** Opens one worker per bell, so that long runs of one bell never starve another. */
export async function listen<Bell extends string>(
  backend: QueueBackend,
  bells: readonly Bell[],
  handlers: Handlers<Bell>,
  options: ListenOptions<Bell>,
  settings: ListenerSettings,
): Promise<Listener> {
  const stopping = new AbortController();
  let running = 0;

  async function run(bell: Bell, job: BellJob, token?: string, lost?: AbortSignal) {
    const started = performance.now();
    const signal = lost === undefined ? stopping.signal : AbortSignal.any([stopping.signal, lost]);
    const report = (outcome: Outcome, error?: unknown) =>
      options.onRun?.({
        bell,
        subjectId: job.data.id,
        outcome,
        seconds: (performance.now() - started) / 1_000,
        ...(error === undefined ? {} : { error }),
      } satisfies HandlerRun<Bell>);

    // Fetched in the very moment of closing: a handler would never see its signal change.
    if (stopping.signal.aborted) return handBack(job, token);
    running += 1;
    try {
      await handlers[bell](job.data.id, signal);
      report('done');
    } catch (error) {
      if (stopping.signal.aborted) {
        report('handed-back');
        return await handBack(job, token);
      }
      if (reactionTo(error) === 'never') {
        report('given-up', error);
        throw new UnrecoverableError(codeOf(error));
      }
      report(job.attemptsMade + 1 < (job.opts.attempts ?? 1) ? 'retried' : 'given-up', error);
      throw new HandlerFailed(error);
    } finally {
      running -= 1;
    }
  }

  const open = (bell: Bell): BellWorker => {
    const worker = backend.worker(bell, (job, token, signal) => run(bell, job, token, signal), {
      concurrency: options.concurrency[bell],
      lockDuration: settings.lockSeconds * 1_000,
      stalledInterval: (settings.lockSeconds / 2) * 1_000,
      // Dying with a ring says nothing about the ring: it is handed on however often that happens.
      maxStalledCount: 1_000_000,
      runRetryDelay: 1_000,
      settings: {
        backoffStrategy: (attempt, _type, error) =>
          backoffMilliseconds(
            attempt,
            settings.retry,
            settings.random(),
            error instanceof HandlerFailed ? error.cause : undefined,
          ),
      },
    });
    worker.on('error', settings.onError);
    return worker;
  };
  const kept = bells.map((bell) =>
    keepRunning(
      () => open(bell),
      2_000,
      () => settings.onReplaced(bell),
    ),
  );
  await Promise.all(kept.map((keeper) => keeper.current().waitUntilReady()));

  return {
    async close(graceSeconds) {
      const workers = kept.map((keeper) => {
        keeper.stop();
        return keeper.current();
      });
      const closed = Promise.all(workers.map((worker) => worker.close()));
      stopping.abort(new Error('This process is shutting down.'));
      if (await within(closed, graceSeconds)) return 0;

      const abandoned = running;
      await Promise.all(workers.map((worker) => worker.disconnect()));
      return abandoned;
    },
  };
}

async function within(work: Promise<unknown>, seconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(() => resolve(false), seconds * 1_000);
  const done = work.then(() => true as const);
  return Promise.race([done, promise]).finally(() => clearTimeout(timer));
}

/** Back to the queue, for another process to take at once. */
async function handBack(job: BellJob, token?: string): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function codeOf(error: unknown): string {
  return error instanceof DomainError ? error.code : 'internal';
}
