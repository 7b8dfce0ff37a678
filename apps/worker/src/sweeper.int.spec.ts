import { openQueue, type DoorbellQueue } from '@fairlead/queue';
import type { Doorbell, Store } from '@fairlead/store';
import { freshDatabase, type FreshDatabase } from '@fairlead/testkit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { doorbells } from './doorbells.js';
import { startSweeper } from './sweeper.js';
import { aCluster, aStore } from './testing/a-store.js';
import { noMetrics, silentLog } from './testing/fakes.js';

describe('sweeper', () => {
  let database: FreshDatabase;
  let store: Store;
  let queue: DoorbellQueue<Doorbell>;
  const ends: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
    store = await aStore(database.url);
    queue = await openQueue({
      backend: 'postgres',
      databaseUrl: database.url,
      bells: doorbells,
      random: Math.random,
    });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await queue.close();
    await store.close();
    await database.drop();
  });

  /** Sweeps as if it were `seconds` later than it is. */
  function sweeping(seconds: number): void {
    const clock = { now: () => new Date(Date.now() + seconds * 1_000) };
    const sweeper = startSweeper({
      store,
      queue,
      metrics: noMetrics,
      clock,
      log: silentLog,
      sweepSeconds: 0.2,
      random: Math.random,
    });
    ends.push(() => sweeper.stop());
  }

  async function listening(check: (id: string) => Promise<void>): Promise<void> {
    const nothing = () => Promise.resolve();
    const listener = await queue.listen(
      { 'drive-job': nothing, 'check-cluster': check, 'observe-cluster': nothing },
      { concurrency: { 'drive-job': 1, 'check-cluster': 1, 'observe-cluster': 1 } },
    );
    ends.push(() => listener.close(1));
  }

  it.each([
    ['the queue lost its jobs', 'DELETE FROM bullmq.job'],
    ['the queue lost everything', 'DELETE FROM bullmq.job; DELETE FROM bullmq.dedup'],
  ])('rings again when the outbox row was delivered and %s', async (_what, loss) => {
    const cluster = await aCluster(store);
    await store.outbox.relay(10, (rows) => queue.ring(rows));
    await query(database.url, loss);
    const checked: string[] = [];
    await listening(async (id) => void checked.push(id));

    sweeping(120);

    await vi.waitFor(() => expect(checked).toContain(cluster), 5_000);
  });

  it('leaves alone what is not due yet', async () => {
    await aCluster(store);
    const rung = vi.spyOn(queue, 'ring');

    sweeping(0);
    await vi.waitFor(() => expect(rung.mock.calls.length).toBeGreaterThanOrEqual(3), 5_000);

    expect(rung.mock.calls.flatMap(([rings]) => rings)).toEqual([]);
  });

  it('does not pile up rings for what nobody handles', async () => {
    await aCluster(store);
    const rung = vi.spyOn(queue, 'ring');

    sweeping(120);
    await vi.waitFor(() => expect(rung.mock.calls.length).toBeGreaterThanOrEqual(5), 5_000);

    expect(await queue.counts()).toMatchObject({ 'check-cluster': { waiting: 1 } });
  });
});

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
