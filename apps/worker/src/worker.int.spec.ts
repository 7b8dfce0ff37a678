import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  ClusterUnreachable,
  Measuring,
  PlanDraft,
  type ClusterConnector,
  type EngineCluster,
  type Tuner,
} from '@fairlead/core';
import { newId, type Store } from '@fairlead/store';
import { freshDatabase, spawnSource, type FreshDatabase } from '@fairlead/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { WorkerEnv } from './env.js';
import { runWorker, type RunningWorker } from './run-worker.js';
import { aCluster, aStore, aUser } from './testing/a-store.js';
import { healthy, silentLog } from './testing/fakes.js';
import type { Clusters } from './tokens.js';

describe('worker', () => {
  let database: FreshDatabase;
  let store: Store;
  let secretKey: Buffer<ArrayBuffer>;
  const workers: RunningWorker[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
    secretKey = randomBytes(32);
    store = await aStore(database.url, secretKey);
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await store.close();
    await database.drop();
  });

  async function aWorker(
    clusters: Partial<Clusters> = {},
    tuners: readonly Tuner[] = [],
  ): Promise<RunningWorker> {
    const worker = await runWorker({
      env: anEnv(),
      log: silentLog,
      random: Math.random,
      tuners,
      openClusters: () => ({
        connector: noConnector,
        checkCluster: healthy,
        ...clusters,
      }),
    });
    workers.push(worker);
    return worker;
  }
  function variables(): Record<string, string> {
    return {
      FAIRLEAD_DATABASE_URL: database.url,
      FAIRLEAD_SECRET_KEY: secretKey.toString('base64'),
      FAIRLEAD_LISTEN_ADDRESS: '127.0.0.1',
      FAIRLEAD_HEALTH_PORT: '0',
      FAIRLEAD_LEASE_SECONDS: '5',
      FAIRLEAD_SWEEP_SECONDS: '1',
    };
  }
  const anEnv = () => WorkerEnv.parse(variables());
  const ask = async ({ healthPort }: RunningWorker, path: string) =>
    fetch(`http://127.0.0.1:${healthPort}${path}`);

  it('checks a cluster soon after its registration, and says so in its metrics', async () => {
    const worker = await aWorker();

    const cluster = await aCluster(store);

    await vi.waitFor(
      async () =>
        expect(await store.read((tx) => tx.clusters.get(cluster))).toMatchObject({
          state: 'ready',
        }),
      5_000,
    );
    expect((await ask(worker, '/readyz')).status).toBe(200);
    const metrics = await (await ask(worker, '/metrics')).text();
    expect(metrics).toContain('fairlead_queue_runs_total{bell="check-cluster",outcome="done"} 1');
    expect(metrics).toContain('fairlead_outbox_rows_total 1');
  });

  it('drives a job that was asked for', async () => {
    const worker = await aWorker({ connector: aConnector() }, [aTuner]);
    const cluster = await aCluster(store);

    const job = await aJob(store, cluster);

    await vi.waitFor(
      async () =>
        expect(await store.read((tx) => tx.jobs.get(job))).toMatchObject({ state: 'unchanged' }),
      10_000,
    );
    await vi.waitFor(async () => {
      const metrics = await (await ask(worker, '/metrics')).text();
      expect(metrics).toContain('fairlead_jobs_total{state="observing"} 1');
      expect(metrics).toContain('fairlead_jobs_total{state="unchanged"} 1');
      expect(metrics).toContain('fairlead_job_seconds_count{state="unchanged"} 1');
    }, 5_000);
    const inAnHour = new Date(Date.now() + 3_600_000);
    expect(await store.outbox.overdue(inAnHour, 100)).not.toContainEqual({
      bell: 'drive-job',
      subjectId: job,
    });
  });

  it('hands a job that it drives to another worker when it closes in good order', async () => {
    const observing = Promise.withResolvers<void>();
    const slow: Tuner = {
      ...aTuner,
      observe: (_reader, _settings, signal) => {
        observing.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
    };
    const closing = await aWorker({ connector: aConnector() }, [slow]);
    const job = await aJob(store, await aCluster(store));
    await observing.promise;

    const began = performance.now();
    await closing.close();
    expect(performance.now() - began).toBeLessThan(5_000);
    await aWorker({ connector: aConnector() }, [aTuner]);

    await vi.waitFor(
      async () =>
        expect(await store.read((tx) => tx.jobs.get(job))).toMatchObject({ state: 'unchanged' }),
      8_000,
    );
  });

  it('waits no longer than its grace for work that does not end, and leaves it to others', async () => {
    const observing = Promise.withResolvers<void>();
    const deaf: Tuner = {
      ...aTuner,
      observe: () => {
        observing.resolve();
        return new Promise(() => undefined);
      },
    };
    const closing = await aWorker({ connector: aConnector() }, [deaf]);
    await aJob(store, await aCluster(store));
    await observing.promise;

    const began = performance.now();
    await closing.close();

    const seconds = (performance.now() - began) / 1_000;
    expect(seconds).toBeGreaterThan(19);
    expect(seconds).toBeLessThan(23);
  });

  it('takes over a job whose worker was killed in the middle of it', async () => {
    const job = await aJob(store, await aCluster(store));
    const killed = spawnSource(new URL('./main.ts', import.meta.url), [], {
      ...variables(),
      FAIRLEAD_FAULT_INJECTION: '1',
      FAIRLEAD_CRASH_AT: 'left:queued',
    });
    const [, signal] = (await once(killed, 'exit')) as [number | null, string | null];
    expect(signal).toBe('SIGKILL');
    expect(await store.read((tx) => tx.jobs.get(job))).toMatchObject({ state: 'observing' });

    await aWorker({ connector: aConnector() }, [aTuner]);

    await vi.waitFor(
      async () =>
        expect(await store.read((tx) => tx.jobs.get(job))).toMatchObject({ state: 'unchanged' }),
      20_000,
    );
  });

  it('ends in good order when told to by a signal', async () => {
    const process = spawnSource(new URL('./main.ts', import.meta.url), [], variables());
    await once(process.stdout!, 'data');

    process.kill('SIGTERM');

    expect(await once(process, 'exit')).toEqual([0, null]);
  });

  it('answers no more once it is closed', async () => {
    const worker = await aWorker();
    await worker.close();

    await expect(ask(worker, '/healthz')).rejects.toThrow();
  });

  it('does not start without its database', async () => {
    const env = { ...anEnv(), databaseUrl: 'postgres://nobody@127.0.0.1:1/none' };

    const openClusters = () => ({ connector: noConnector, checkCluster: healthy });

    await expect(
      runWorker({ env, log: silentLog, random: Math.random, tuners: [], openClusters }),
    ).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

const noConnector: ClusterConnector = {
  connect: () => Promise.reject(new ClusterUnreachable('Nothing is connected in this test.')),
};

function aConnector(): ClusterConnector {
  const nothing = () => Promise.resolve();
  const cluster = {
    version: '1.36.3',
    checkIdentity: nothing,
    holdClusterLease: nothing,
    releaseClusterLease: nothing,
    stopAgents: nothing,
    close: nothing,
    nodes: () => Promise.resolve([]),
  } as unknown as EngineCluster;
  return { connect: () => Promise.resolve(cluster) };
}

/** Finds everything as it was asked for. */
const aTuner: Tuner = {
  name: 'calm',
  title: 'Calm',
  order: 1,
  settings: z.unknown(),
  observation: z.strictObject({}),
  rbac: [],
  parameters: [],
  probes: [],
  observe: () => Promise.resolve({}),
  plan: () => new PlanDraft('calm').finish(),
};

async function aJob(store: Store, clusterId: string): Promise<string> {
  const [id, profileId] = [newId(), newId()];
  await store.command({ actor: aUser }, async (tx) => {
    const settings = { calm: {} };
    await tx.profiles.create({
      id: profileId,
      name: `profile-${id}`,
      description: '',
      settings,
      actor: aUser,
    });
    await tx.jobs.create({
      id,
      clusterId,
      profileId,
      profileRevision: 1,
      settings,
      measuring: Measuring.parse({}),
      approval: 'not-required',
      actor: aUser,
    });
    tx.ring('drive-job', id);
    return {};
  });
  return id;
}
