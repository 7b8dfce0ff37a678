import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { EnginePorts, Tuner } from '@fairlead/core';
import { openQueue, type Handlers } from '@fairlead/queue';
import { loadSecretKey, openStore, type Doorbell, type Store } from '@fairlead/store';
import { checkProfile } from '@fairlead/tuners';
import type { DynamicModule, FactoryProvider, Provider } from '@nestjs/common';
import type { ClustersPorts } from './clusters.js';
import { checkClusterConsumer } from './consumers/check-cluster-consumer.js';
import { driveJobConsumer } from './consumers/drive-job-consumer.js';
import { observeClusterConsumer } from './consumers/observe-cluster-consumer.js';
import { countedLedger } from './counted-ledger.js';
import { crashPoint, killThisProcess } from './crash-point.js';
import { doorbells } from './doorbells.js';
import type { WorkerEnv } from './env.js';
import { engineLog, type Log } from './log.js';
import { openMetrics, type WorkerMetrics } from './metrics.js';
import { systemClock } from './system-clock.js';
import { tokens, type Clusters, type Token } from './tokens.js';
import { WorkerLife } from './worker-life.js';

export class WorkerModule {}

/** What a worker is made from, apart from its environment. */
export interface WorkerParts {
  readonly env: WorkerEnv;
  readonly log: Log;
  readonly random: () => number;
  readonly tuners: readonly Tuner[];
  readonly openClusters: (ports: ClustersPorts) => Clusters;
}

/** Wires the worker by explicit tokens. */
export function workerModule(parts: WorkerParts): DynamicModule {
  const { env, log, random } = parts;
  const providers: Provider[] = [
    { provide: tokens.env, useValue: env },
    { provide: tokens.log, useValue: log },
    made(tokens.secretKey, [], () => secretKeyOf(env)),
    made(tokens.store, [tokens.secretKey], (key) => storeOf(env, log, key)),
    made(tokens.queue, [], () => queueOf(env, log, random)),
    made(tokens.metrics, [tokens.queue], (queue) =>
      openMetrics({ queueCounts: () => queue.counts() }),
    ),
    made(
      tokens.clusters,
      [tokens.store, tokens.metrics, tokens.secretKey],
      (store, metrics, secretKey) => parts.openClusters({ ...parts, store, metrics, secretKey }),
    ),
    made(
      tokens.engine,
      [tokens.store, tokens.clusters, tokens.metrics],
      (store, clusters, metrics) => enginePorts(parts, store, clusters, metrics),
    ),
    made(
      tokens.life,
      [tokens.store, tokens.queue, tokens.metrics, tokens.clusters, tokens.engine],
      (store, queue, metrics, clusters, engine) =>
        new WorkerLife({
          ...parts,
          store,
          queue,
          metrics,
          clock: systemClock,
          handlers: handlersOf(log, store, metrics, clusters, engine),
        }),
    ),
  ];
  return { module: WorkerModule, providers };
}

type Made<T extends readonly Token<unknown>[]> = {
  [K in keyof T]: T[K] extends Token<infer Value> ? Value : never;
};

/** A provider whose factory's arguments are checked against the tokens that it asks for. */
function made<T, const Asked extends readonly Token<unknown>[]>(
  provide: Token<T>,
  inject: Asked,
  factory: (...asked: Made<Asked>) => T | Promise<T>,
): FactoryProvider<T> {
  return {
    provide,
    inject: [...inject] as symbol[],
    useFactory: factory as (...args: unknown[]) => T,
  };
}

function handlersOf(
  log: Log,
  store: Store,
  metrics: WorkerMetrics,
  clusters: Clusters,
  engine: EnginePorts,
): Handlers<Doorbell> {
  const looking = { ...clusters, store, tuners: engine.tuners, holder: engine.holder, log };
  return {
    'drive-job': driveJobConsumer({ engine, store, metrics }),
    'check-cluster': checkClusterConsumer(looking),
    'observe-cluster': observeClusterConsumer(looking),
  };
}

function secretKeyOf({ secretKey, secretKeyFile = '' }: WorkerEnv): Promise<Buffer> {
  return loadSecretKey(secretKey === undefined ? { file: secretKeyFile } : { base64: secretKey });
}

function storeOf(env: WorkerEnv, log: Log, secretKey: Buffer): Promise<Store> {
  return openStore({
    databaseUrl: env.databaseUrl,
    secretKey,
    applicationName: 'fairlead-worker',
    // Each driven job renews its lease and writes its steps; most of the time it waits for a cluster.
    poolSize: Math.max(8, Math.ceil(env.concurrency / 2)),
    onBackgroundError: (err) => log.debug({ err }, 'Database connection broke, will connect again'),
  });
}

function queueOf(env: WorkerEnv, log: Log, random: () => number) {
  const { backend, redisUrl = '' } = env.queue;
  const place =
    backend === 'redis'
      ? ({ backend, redisUrl } as const)
      : ({ backend, databaseUrl: env.databaseUrl } as const);
  return openQueue({
    ...place,
    bells: doorbells,
    // A killed worker's rings and its lease come free at the same time.
    lockSeconds: env.leaseSeconds,
    random,
    // They come many a second while a database is away, and repair themselves.
    onError: (err) => log.debug({ err }, 'Queue connection broke, will connect again'),
    onReplaced: (bell) => log.warn({ bell }, 'Queue consumer had stopped and was replaced'),
  });
}

function enginePorts(
  { env, log, tuners }: WorkerParts,
  store: Store,
  clusters: Clusters,
  metrics: WorkerMetrics,
): EnginePorts {
  return {
    ledger: countedLedger(store.ledger, metrics),
    connector: clusters.connector,
    tuners,
    checkProfile,
    clock: systemClock,
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    checkpoint: crashPoint(env.crashAt, killThisProcess),
    holder: `${hostname()}.${process.pid}.${randomBytes(4).toString('hex')}`,
    leaseSeconds: env.leaseSeconds,
    giveUpSeconds: env.giveUpSeconds,
    log: engineLog(log),
  };
}
