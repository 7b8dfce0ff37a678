import type { Clock } from '@fairlead/core';
import type { DoorbellQueue, Handlers, Listener } from '@fairlead/queue';
import type { Doorbell, Store } from '@fairlead/store';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import type { WorkerEnv } from './env.js';
import { startHealthServer, type HealthServer } from './health-server.js';
import { startHousekeeping } from './housekeeping.js';
import type { Log } from './log.js';
import type { WorkerMetrics } from './metrics.js';
import { startRelay } from './relay.js';
import type { Repeating } from './repeating.js';
import { startSweeper } from './sweeper.js';

/** Time for handlers to come to a place where they can stop. What is left then is taken by others. */
export const graceSeconds = 20;

export interface WorkerLifePorts {
  readonly env: Pick<WorkerEnv, 'health' | 'sweepSeconds' | 'concurrency'>;
  readonly store: Store;
  readonly queue: DoorbellQueue<Doorbell>;
  readonly metrics: WorkerMetrics;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
  readonly handlers: Handlers<Doorbell>;
}

/** What runs in a worker, the order in which it starts, and the order in which it ends. */
export class WorkerLife
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #ports: WorkerLifePorts;
  #health: HealthServer | undefined;
  #listener: Listener | undefined;
  #repeating: readonly Repeating[] = [];
  #closing = false;

  constructor(ports: WorkerLifePorts) {
    this.#ports = ports;
  }

  get healthPort(): number | undefined {
    return this.#health?.port;
  }

  async onApplicationBootstrap(): Promise<void> {
    const { env, log, queue, metrics } = this.#ports;
    this.#health = await startHealthServer(env.health, { ready: () => this.#ready(), metrics });
    this.#listener = await queue.listen(this.#ports.handlers, {
      concurrency: concurrencyOf(env.concurrency),
      onRun: (run) => {
        metrics.handlerRan(run);
        const { error: err, bell, subjectId } = run;
        const fields = { bell, subject: subjectId, seconds: run.seconds, err };
        if (run.outcome === 'retried') log.warn(fields, 'Handler failed, will run again');
        if (run.outcome === 'given-up')
          log.warn(fields, 'Handler failed, will not run again by itself');
      },
    });
    this.#repeating = [
      startRelay(this.#ports),
      startSweeper({ ...this.#ports, sweepSeconds: env.sweepSeconds }),
      startHousekeeping(this.#ports),
    ];
    log.info({ healthPort: this.#health.port }, 'Worker started');
  }

  /** First of all nothing new is begun, and what runs comes to an end or is handed on. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#repeating.map((part) => part.stop()));
    const abandoned = (await this.#listener?.close(graceSeconds)) ?? 0;
    if (abandoned > 0) {
      this.#ports.log.warn({ abandoned }, 'Handlers did not end in time, other workers take over');
    }
  }

  /** Only then go the things that work stood on. */
  async onApplicationShutdown(): Promise<void> {
    const { store, queue, log } = this.#ports;
    await this.#health?.close();
    await queue.close();
    await store.close();
    log.info('Worker stopped');
  }

  async #ready(): Promise<void> {
    if (this.#closing || this.#listener === undefined) throw new Error('Not listening.');
    await Promise.all([this.#ports.store.ping(), this.#ports.queue.counts()]);
  }
}

/** Driving a job takes minutes and is mostly waiting; looking at a cluster must never queue behind it. */
function concurrencyOf(jobs: number): Readonly<Record<Doorbell, number>> {
  return {
    'drive-job': jobs,
    'check-cluster': Math.max(2, Math.ceil(jobs / 2)),
    'observe-cluster': Math.max(1, Math.ceil(jobs / 4)),
  };
}
