import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OutboxRow } from './api.js';
import { admin, aCluster, aJob, freshStore, type FreshStore } from './testing/fresh-store.js';

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(() => fresh.end());
beforeEach(() => fresh.sql('DELETE FROM outbox'));

async function ring(...ids: string[]): Promise<void> {
  await fresh.store.command({ actor: admin }, (tx) => {
    for (const id of ids) tx.ring('drive-job', id);
    return Promise.resolve({});
  });
}

const left = async () =>
  (await fresh.sql<{ subject_id: string }>('SELECT subject_id FROM outbox ORDER BY id')).map(
    ({ subject_id }) => subject_id,
  );

describe('relay', () => {
  it('delivers in order, up to the limit, and forgets what was delivered', async () => {
    await ring('a', 'b', 'c');
    const delivered: OutboxRow[] = [];

    const count = await fresh.store.outbox.relay(2, (rows) => {
      delivered.push(...rows);
      return Promise.resolve();
    });

    expect(count).toBe(2);
    expect(delivered.map(({ bell, subjectId }) => [bell, subjectId])).toEqual([
      ['drive-job', 'a'],
      ['drive-job', 'b'],
    ]);
    expect(await left()).toEqual(['c']);
  });

  it('keeps everything when the delivery fails', async () => {
    await ring('a', 'b');

    const failing = fresh.store.outbox.relay(10, () => Promise.reject(new Error('queue is down')));

    await expect(failing).rejects.toThrow('queue is down');
    expect(await left()).toEqual(['a', 'b']);
  });

  it('gives each row to one of several relays at a time', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `job-${index}`);
    await ring(...ids);
    const delivered: string[] = [];
    const { promise: bothHold, resolve } = Promise.withResolvers<void>();
    let holding = 0;
    const deliver = async (rows: readonly OutboxRow[]) => {
      delivered.push(...rows.map(({ subjectId }) => subjectId));
      holding += 1;
      if (holding === 2) resolve();
      await bothHold;
    };

    await Promise.all([
      fresh.store.outbox.relay(20, deliver),
      fresh.store.outbox.relay(20, deliver),
    ]);

    expect(delivered.toSorted()).toEqual(ids.toSorted());
    expect(await left()).toEqual([]);
  });

  it('rings nothing for a command that failed', async () => {
    const failing = fresh.store.command({ actor: admin }, (tx) => {
      tx.ring('drive-job', 'never');
      return Promise.reject(new Error('no'));
    });

    await expect(failing).rejects.toThrow('no');
    expect(await left()).toEqual([]);
  });
});

describe('overdue', () => {
  it('names jobs that nobody looked at in time, and clusters whose check is due', async () => {
    const clusterId = await aCluster(fresh.store);
    const jobId = await aJob(fresh.store, clusterId);

    const now = await fresh.store.outbox.overdue(new Date(), 100);
    const later = await fresh.store.outbox.overdue(new Date(Date.now() + 60_000), 100);

    expect(now).toEqual([]);
    expect(later).toHaveLength(2);
    expect(later).toContainEqual({ bell: 'drive-job', subjectId: jobId });
    expect(later).toContainEqual({ bell: 'check-cluster', subjectId: clusterId });
  });
});

describe('onCommit', () => {
  it('calls after commits of other processes, until it is told to stop', async () => {
    const other = await fresh.another();
    const heard = vi.fn();
    const stop = other.onCommit(heard);

    await vi.waitFor(async () => {
      await ring('wake');
      expect(heard.mock.calls.length).toBeGreaterThan(2);
    });

    stop();
    const before = heard.mock.calls.length;
    await ring('unheard');
    await other.ping();
    expect(heard).toHaveBeenCalledTimes(before);
  });

  it('has nothing to hear of a dry run', async () => {
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    await client.query('LISTEN fairlead_commit');
    const heard = vi.fn();
    client.on('notification', heard);

    await fresh.store.command({ actor: admin, validateOnly: true }, (tx) => {
      tx.ring('drive-job', 'dry');
      return Promise.resolve({});
    });
    await ring('real');

    // Notifications come in the order of commits, so one of the dry run would have come first.
    await vi.waitFor(() => expect(heard).toHaveBeenCalled());
    expect(heard).toHaveBeenCalledOnce();
    await client.end();
  });
});
