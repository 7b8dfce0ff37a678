import {
  ClusterForbidden,
  ClusterUnreachable,
  WrongCluster,
  type ClusterConnector,
  type EngineCluster,
  type JsonObject,
  type Tuner,
} from '@fairlead/core';
import type { AuditRow, Store } from '@fairlead/store';
import { freshDatabase, type FreshDatabase } from '@fairlead/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aCluster, aStore, aUser } from '../testing/a-store.js';
import { healthy, silentLog, someFacts, someIdentity } from '../testing/fakes.js';
import { checkClusterConsumer } from './check-cluster-consumer.js';
import type { CheckCluster } from './cluster-check.js';
import { observeClusterConsumer } from './observe-cluster-consumer.js';

const [facts, identity] = [someFacts, someIdentity];
const signal = AbortSignal.timeout(60_000);

let database: FreshDatabase;
let store: Store;
let cluster: string;

beforeEach(async () => {
  database = await freshDatabase();
  store = await aStore(database.url);
  cluster = await aCluster(store);
});
afterEach(async () => {
  await store.close();
  await database.drop();
});

const stored = () => store.read((tx) => tx.clusters.get(cluster));
const events = (): Promise<readonly AuditRow[]> =>
  store.read((tx) => tx.auditEvents.after(0, 100, { clusterId: cluster }));

describe('check-cluster', () => {
  const check = (checkCluster: CheckCluster) =>
    checkClusterConsumer({ store, checkCluster })(cluster, signal);

  it('records facts and pins the identity of a cluster that answers', async () => {
    await check(healthy);

    expect(await stored()).toMatchObject({ state: 'ready', problem: null, facts, identity });
    expect((await events()).map(({ type, actorId, data }) => ({ type, actorId, data }))).toEqual([
      {
        type: 'cluster.checked',
        actorId: 'worker',
        data: { state: 'ready', problem: null, version: '1.36.3', nodes: 0 },
      },
    ]);
  });

  it.each([
    ['unreachable', new ClusterUnreachable('It does not answer.'), 'cluster-unreachable'],
    ['refused', new ClusterForbidden('It may not list nodes.'), 'cluster-forbidden'],
    ['refused', new WrongCluster('Its UID differs.'), 'wrong-cluster'],
  ])(
    'records a cluster as %s with code and sentence, as an answer and not a failure',
    async (state, error, code) => {
      await check(healthy);
      await check(() => Promise.reject(error));

      expect(await stored()).toMatchObject({
        state,
        problem: {
          code,
          message: error.message,
          ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
        },
        facts,
      });
      expect((await events()).at(-1)).toMatchObject({
        type: 'cluster.checked',
        data: { state, problem: { code } },
      });
    },
  );

  it.each([{ uid: 'uid-2' }, { caSha256: 'cd' }])(
    'refuses a cluster that answers with another identity (%o), and keeps the one that was pinned',
    async (other) => {
      await check(healthy);
      await check(async () => ({
        facts: { ...facts, version: '9.9.9' },
        identity: { ...identity, ...other },
      }));

      expect(await stored()).toMatchObject({
        state: 'refused',
        problem: { code: 'wrong-cluster' },
        identity,
        facts: { version: '1.36.3' },
      });
    },
  );

  it('writes an event only for news', async () => {
    for (let look = 0; look < 3; look += 1) await check(healthy);
    expect(await events()).toHaveLength(1);

    await check(async () => ({ facts: { ...facts, version: '1.37.0' }, identity }));
    expect(await events()).toHaveLength(2);
  });

  it('looks again when the cluster was edited meanwhile, rather than record what is no longer true', async () => {
    let looks = 0;
    await check(async () => {
      looks += 1;
      if (looks > 1) return { facts, identity };
      await store.command({ actor: aUser }, async (tx) => {
        await tx.clusters.update(cluster, { labels: { edited: 'yes' } });
        return {};
      });
      throw new ClusterUnreachable('With the credentials of before.');
    });

    expect(looks).toBe(2);
    expect(await stored()).toMatchObject({ state: 'ready', problem: null });
  });

  it('fails, for the queue to try again, when the error is not about the cluster', async () => {
    await expect(check(() => Promise.reject(new TypeError('A bug.')))).rejects.toThrow('A bug.');

    expect(await stored()).toMatchObject({ state: 'registering', checkedAt: null });
  });
});

describe('observe-cluster', () => {
  const calls: string[] = [];
  const reader = {
    checkIdentity: async () => void calls.push('checkIdentity'),
    stopAgents: async () => void calls.push('stopAgents'),
    close: async () => void calls.push('close'),
  } as unknown as EngineCluster;
  const connector: ClusterConnector = {
    async connect(clusterId, lease) {
      calls.push(
        `connect ${clusterId === cluster} ${lease.jobId === `observe-${cluster}`} ${lease.fence}`,
      );
      return reader;
    },
  };
  beforeEach(() => void calls.splice(0));

  const observe = (tuners: readonly Tuner[], checkCluster = healthy) =>
    observeClusterConsumer({ store, checkCluster, connector, tuners, holder: 'w', log: silentLog })(
      cluster,
      signal,
    );
  const observations = () => store.read((tx) => tx.observations.latest(cluster));

  it("stores every tuner's observation, and takes its agents down", async () => {
    await observe([
      aTuner('sysctl', async () => ({ keys: 3 })),
      aTuner('dns', async () => ({ pods: 2 })),
    ]);

    expect(
      (await observations()).map(({ tuner, observation }) => ({ tuner, observation })),
    ).toEqual([
      { tuner: 'dns', observation: { pods: 2 } },
      { tuner: 'sysctl', observation: { keys: 3 } },
    ]);
    expect((await events()).at(-1)).toMatchObject({
      type: 'cluster.observed',
      data: { tuners: ['dns', 'sysctl'], failures: [] },
    });
    expect(calls).toEqual(['connect true true 0', 'checkIdentity', 'stopAgents', 'close']);
  });

  it('records what the others saw when one tuner may not look', async () => {
    const blind = aTuner('dns', () =>
      Promise.reject(new ClusterForbidden('It may not read CoreDNS.')),
    );

    await observe([blind, aTuner('sysctl', async () => ({ keys: 3 }))]);

    expect(await observations()).toMatchObject([{ tuner: 'sysctl' }]);
    expect((await events()).at(-1)?.data).toEqual({
      tuners: ['sysctl'],
      failures: [{ tuner: 'dns', code: 'cluster-forbidden', message: 'It may not read CoreDNS.' }],
    });
  });

  it('records nothing and fails, for the queue to try again, when the cluster is lost midway', async () => {
    const lost = aTuner('dns', () => Promise.reject(new ClusterUnreachable('Gone.')));

    await expect(observe([aTuner('sysctl', async () => ({})), lost])).rejects.toThrow('Gone.');

    expect(await observations()).toEqual([]);
    expect(calls.slice(-2)).toEqual(['stopAgents', 'close']);
  });

  it('connects to no cluster whose check did not pass', async () => {
    await observe([aTuner('sysctl', async () => ({}))], () =>
      Promise.reject(new WrongCluster('Its UID differs.')),
    );

    expect(await stored()).toMatchObject({ state: 'refused' });
    expect(calls).toEqual([]);
  });
});

function aTuner(name: string, observe: () => Promise<JsonObject>): Tuner {
  return { name, observe } as unknown as Tuner;
}
