import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLost, type JobLease, type JournalEntry, type Sample } from '@fairlead/core';
import type { Store } from './api.js';
import {
  admin,
  aCluster,
  aJob,
  aPlan,
  freshStore,
  type FreshStore,
} from './testing/fresh-store.js';

let fresh: FreshStore;
let store: Store;
let other: Store;
let clusterId: string;
let jobId: string;
const signal = new AbortController().signal;

beforeAll(async () => {
  fresh = await freshStore();
  store = fresh.store;
  other = await fresh.another();
});
afterAll(() => fresh.end());
beforeEach(async () => {
  clusterId = await aCluster(store);
  jobId = await aJob(store, clusterId);
});

async function acquire(by: Store, holder: string, seconds = 30): Promise<JobLease> {
  const lease = await by.ledger.acquireLease({ jobId, clusterId }, holder, seconds);
  if (lease === null) throw new Error('The lease was not free.');
  return lease;
}

const event = (type: string) => ({
  type,
  actor: admin,
  subject: { kind: 'job', id: jobId } as const,
  clusterId,
  jobId,
  data: {},
});

function aSample(round: number, overrides: Partial<Sample> = {}): Sample {
  return {
    phase: 'before',
    attempt: 1,
    round,
    probe: 'tcp-rr',
    unit: 'milliseconds',
    node: 'a',
    peer: 'b',
    at: '2026-01-01T00:00:00.123Z',
    value: 0.25,
    ...overrides,
  };
}

describe('acquireLease', () => {
  it('gives one of many racing workers the cluster', async () => {
    const racers = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? store : other).ledger.acquireLease(
        { jobId, clusterId },
        `worker-${index}`,
        30,
      ),
    );

    const leases = (await Promise.all(racers)).filter((lease) => lease !== null);

    expect(leases).toHaveLength(1);
  });

  it('lets the same holder take it again for the same job, with a larger fence', async () => {
    const first = await acquire(store, 'w1');
    const second = await acquire(store, 'w1');

    expect(second.fence).toBe(first.fence + 1);
    await expect(store.ledger.commit(first, { events: [] })).rejects.toBeInstanceOf(LeaseLost);
  });

  it('keeps two jobs of one worker off the same cluster', async () => {
    await acquire(store, 'w1');
    const second = await aJob(store, clusterId);

    expect(await store.ledger.acquireLease({ jobId: second, clusterId }, 'w1', 30)).toBeNull();
  });

  it('gives the cluster to another worker once the time is up', async () => {
    const first = await acquire(store, 'w1', 0);

    const second = await acquire(other, 'w2');

    expect(second.fence).toBe(first.fence + 1);
  });

  it('grows the fence over releases too', async () => {
    const first = await acquire(store, 'w1');
    await store.ledger.releaseLease(first, 'nothing');

    const second = await acquire(other, 'w2');

    expect(second.fence).toBe(first.fence + 1);
  });
});

describe('a stale holder', () => {
  it('writes nothing: neither state, nor journal, nor samples, nor events', async () => {
    const stale = await acquire(store, 'w1', 0);
    await acquire(other, 'w2');
    const entry: JournalEntry = {
      changeId: 'c',
      ordinal: 0,
      state: 'intended',
      preImage: null,
      written: null,
    };

    const commit = store.ledger.commit(stale, {
      move: { from: 'queued', to: 'observing' },
      journal: [entry],
      samples: [aSample(0)],
      events: [event('job.observing')],
    });

    await expect(commit).rejects.toBeInstanceOf(LeaseLost);
    expect((await store.ledger.load(jobId, signal)).state).toBe('queued');
    expect(await store.ledger.journal(jobId, signal)).toEqual([]);
    const [{ rows } = { rows: -1 }] = await fresh.sql<{ rows: number }>(
      `SELECT (SELECT count(*) FROM samples WHERE job_id = $1)::int
            + (SELECT count(*) FROM audit_events WHERE job_id = $1::text)::int AS rows`,
      [jobId],
    );
    expect(rows).toBe(0);
  });

  it('can neither renew nor release what another holds', async () => {
    const stale = await acquire(store, 'w1', 0);
    const held = await acquire(other, 'w2');

    await expect(store.ledger.renewLease(stale, 30)).rejects.toBeInstanceOf(LeaseLost);
    await store.ledger.releaseLease(stale, 'nothing');

    await other.ledger.commit(held, { events: [] });
  });
});

describe('commit', () => {
  it('moves, journals, samples and chains in one step', async () => {
    const lease = await acquire(store, 'w1');
    const entry: JournalEntry = {
      changeId: 'sysctl/net.core.somaxconn',
      ordinal: 0,
      state: 'intended',
      preImage: { kind: 'node', nodes: [{ node: 'a', value: '128', bootId: 'x' }] },
      written: null,
    };
    const plan = { plan: aPlan(), hash: 'abc' };

    await store.ledger.commit(lease, {
      move: { from: 'queued', to: 'observing' },
      events: [event('job.observing')],
    });
    await store.ledger.commit(lease, {
      move: { from: 'observing', to: 'planned' },
      plan,
      observations: { sysctl: { seen: true } },
      journal: [entry],
      events: [event('job.planned')],
    });

    const job = await store.ledger.load(jobId, signal);
    expect(job).toMatchObject({ state: 'planned', planHash: 'abc', plan: plan.plan });
    expect(await store.ledger.journal(jobId, signal)).toEqual([entry]);
    const shown = await store.read((tx) => tx.jobs.get(jobId));
    expect(shown.journal).toEqual([entry]);
    expect(shown.observedAt).not.toBeNull();
    const events = await store.read((tx) => tx.auditEvents.after(0, 100, { jobId }));
    expect(events.map(({ type }) => type)).toEqual(['job.observing', 'job.planned']);
    const [seen] = await store.read((tx) => tx.observations.latest(clusterId));
    expect(seen?.observation).toEqual({ seen: true });
  });

  it('updates an entry that is there, and replaces all of them with a new plan', async () => {
    const lease = await acquire(store, 'w1');
    const entry = (changeId: string, state: JournalEntry['state']): JournalEntry => ({
      changeId,
      ordinal: 0,
      state,
      preImage: null,
      written: null,
    });
    await store.ledger.commit(lease, {
      plan: { plan: aPlan(), hash: '1' },
      journal: [entry('a', 'pending')],
      events: [],
    });
    await store.ledger.commit(lease, { journal: [entry('a', 'intended')], events: [] });
    expect(await store.ledger.journal(jobId, signal)).toEqual([entry('a', 'intended')]);

    await store.ledger.commit(lease, {
      plan: { plan: aPlan(), hash: '2' },
      journal: [entry('b', 'pending')],
      events: [],
    });

    expect(await store.ledger.journal(jobId, signal)).toEqual([entry('b', 'pending')]);
  });

  it('refuses a move that no job makes, and one from a state the job has left', async () => {
    const lease = await acquire(store, 'w1');

    const impossible = store.ledger.commit(lease, {
      move: { from: 'queued', to: 'succeeded' },
      events: [],
    });
    const late = store.ledger.commit(lease, {
      move: { from: 'observing', to: 'planned' },
      events: [],
    });

    await expect(impossible).rejects.toMatchObject({ kind: 'internal' });
    await expect(late).rejects.toMatchObject({ code: 'job-moved' });
  });

  it('ends a job with its end time, no recheck, and lets its cluster be removed then', async () => {
    const lease = await acquire(store, 'w1');
    const remove = () =>
      store.command({ actor: admin }, async (tx) => {
        await tx.clusters.remove(clusterId);
        return {};
      });
    await expect(remove()).rejects.toMatchObject({ code: 'cluster-has-running-jobs' });

    await store.ledger.commit(lease, {
      move: { from: 'queued', to: 'failed' },
      problem: { code: 'x', message: 'y' },
      recheckAt: null,
      events: [],
    });

    const job = await store.read((tx) => tx.jobs.get(jobId));
    expect(job).toMatchObject({ state: 'failed', problem: { code: 'x' } });
    expect(job.endedAt).not.toBeNull();
    await remove();
    expect((await store.read((tx) => tx.jobs.get(jobId))).state).toBe('failed');
  });
});

describe('samples', () => {
  it('lists those of the last attempt at each phase, in the order of taking, page by page', async () => {
    const lease = await acquire(store, 'w1');
    const stale = aSample(0, { attempt: 1, value: 99 });
    const counted = [
      ...Array.from({ length: 5 }, (_, round) => aSample(round, { attempt: 2 })),
      aSample(5, { phase: 'after', attempt: 1 }),
    ];
    const {
      value: _value,
      peer: _peer,
      ...lost
    } = aSample(6, { phase: 'after', invalid: 'timeout' });
    await store.ledger.commit(lease, { samples: [stale], events: [] });
    await store.ledger.commit(lease, { samples: [...counted, lost], events: [] });

    const one = await store.read((tx) => tx.samples.list(jobId, { limit: 4 }));
    const two = await store.read((tx) =>
      tx.samples.list(jobId, { limit: 4, ...(one.next === undefined ? {} : { after: one.next }) }),
    );

    expect([...one.items, ...two.items]).toEqual([...counted, lost]);
    expect(two.next).toBeUndefined();
  });
});

describe('releaseLease', () => {
  it('rings for the jobs that wait for the cluster', async () => {
    const waiting = await aJob(store, clusterId);
    const lease = await acquire(store, 'w1');
    await store.ledger.commit(lease, { move: { from: 'queued', to: 'failed' }, events: [] });

    await store.ledger.releaseLease(lease, 'nothing');

    const rung = await fresh.sql('SELECT bell FROM outbox WHERE subject_id = $1', [waiting]);
    expect(rung).toEqual([{ bell: 'drive-job' }]);
  });
});

describe('recheckAt', () => {
  it.each([
    ['nothing', false],
    ['something', true],
  ] as const)(
    'of an ended job that left %s in its cluster brings another look: %s',
    async (left, again) => {
      const lease = await acquire(store, 'w1');
      const recheckAt = new Date(Date.now() - 1000);
      await store.ledger.commit(lease, {
        move: { from: 'queued', to: 'failed' },
        recheckAt,
        events: [],
      });

      await store.ledger.releaseLease(lease, left);

      const overdue = await store.outbox.overdue(new Date(), 1000);
      expect(overdue.some(({ subjectId }) => subjectId === jobId)).toBe(again);
      await store.command({ actor: admin }, async (tx) => {
        await tx.clusters.remove(clusterId);
        return {};
      });
      const after = await store.outbox.overdue(new Date(), 1000);
      expect(after.some(({ subjectId }) => subjectId === jobId)).toBe(false);
    },
  );

  it('moves along with a renewal, so that the sweeper leaves a living worker alone', async () => {
    const lease = await acquire(store, 'w1', 5);
    await store.ledger.commit(lease, { recheckAt: new Date(Date.now() - 1000), events: [] });
    const late = async () =>
      (await store.outbox.overdue(new Date(), 1000)).some(({ subjectId }) => subjectId === jobId);
    expect(await late()).toBe(true);

    await store.ledger.renewLease(lease, 30);

    expect(await late()).toBe(false);
  });
});
