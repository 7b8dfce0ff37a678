import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import type { Actor, ClusterCredentials, JobRecord, Plan } from '@fairlead/core';
import type { Store } from '../api.js';
import { newId } from '../ids.js';
import { openStore, type StoreOptions } from '../open-store.js';

export const testKey = Buffer.alloc(32, 7);

export const admin: Actor = { kind: 'api-key', id: 'key-1', name: 'Ada', role: 'admin' };

export interface FreshStore {
  readonly url: string;
  readonly store: Store;
  /** Another store on the same database, as another process would have it. */
  another(options?: Partial<StoreOptions>): Promise<Store>;
  /** As the database's superuser. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

/**
 * A store on a migrated database that no other test uses. The copy is made here rather than by the
 * testkit, which imports this library.
 */
export async function freshStore(options: Partial<StoreOptions> = {}): Promise<FreshStore> {
  const { adminUrl, template } = inject('postgres');
  const name = `store_${randomBytes(8).toString('hex')}`;
  const server = new pg.Client({ connectionString: adminUrl });
  await server.connect();
  await server.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = adminUrl.replace(/\/postgres$/, `/${name}`);
  const stores: Store[] = [];
  const another = async (more: Partial<StoreOptions> = {}) => {
    const base = { databaseUrl: url, secretKey: testKey, applicationName: 'test', poolSize: 10 };
    const store = await openStore({ ...base, ...options, ...more });
    stores.push(store);
    return store;
  };
  const store = await another();
  const direct = new pg.Pool({ connectionString: url, max: 2 });

  return {
    url,
    store,
    another,
    sql: async <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) =>
      (await direct.query<Row>(text, values)).rows,
    async end() {
      await Promise.all(stores.map((one) => one.close()));
      await direct.end();
      await dropDatabase(server, name);
      await server.end();
    },
  };
}

/** A pool's end does not wait for its sockets, and a forced drop would hit them with an error. */
async function dropDatabase(server: pg.Client, name: string): Promise<void> {
  for (;;) {
    try {
      await server.query(`DROP DATABASE "${name}"`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55006') throw error;
      await sleep(25);
    }
  }
}

export function someCredentials(server = 'https://10.0.0.1:6443'): ClusterCredentials {
  return { server, caPem: 'a CA', user: { type: 'token', token: 'planted-secret' } };
}

export async function aCluster(store: Store, name = `cluster-${newId()}`): Promise<string> {
  const id = newId();
  await store.command({ actor: admin }, async (tx) => {
    await tx.clusters.create({ id, name, labels: {}, credentials: someCredentials() });
    return {};
  });
  return id;
}

export async function aJob(
  store: Store,
  clusterId: string,
  overrides: Partial<Pick<JobRecord, 'approval'>> = {},
): Promise<string> {
  const id = newId();
  const profileId = newId();
  await store.command({ actor: admin }, async (tx) => {
    const settings = { sysctl: { keys: {} } };
    await tx.profiles.create({
      id: profileId,
      name: profileId,
      description: '',
      settings,
      actor: admin,
    });
    await tx.jobs.create({
      id,
      clusterId,
      profileId,
      profileRevision: 1,
      settings,
      measuring: {
        rounds: 5,
        attemptsPerRound: 20,
        intervalMilliseconds: 20,
        settleSeconds: 5,
        nodePairs: 4,
      },
      approval: 'not-required',
      actor: admin,
      ...overrides,
    });
    return {};
  });
  return id;
}

export function aPlan(): Plan {
  return {
    changes: [],
    warnings: [],
    refusals: [],
    blastRadius: {
      nodesWritten: [],
      objectsWritten: [],
      workloadsRestarted: [],
      nodesRolled: [],
      podsRestarted: 0,
      connections: 'none-cut',
      connectionsCut: 0,
      dns: 'none',
      survivesReboot: false,
      notes: [],
      evidence: [],
    },
  };
}
