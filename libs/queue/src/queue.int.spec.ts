import { once } from 'node:events';
import { DomainError, Internal, InvalidRequest } from '@fairlead/core';
import { spawnSource } from '@fairlead/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  openQueue,
  type DoorbellQueue,
  type HandlerRun,
  type Listener,
  type OpenQueueOptions,
  type QueuePlace,
} from './index.js';
import {
  everythingStored,
  ownPostgres,
  ownRedis,
  redisAvailable,
  type OwnServer,
} from './testing/servers.js';

type Bell = 'tell' | 'other';
const bells = ['tell', 'other'] as const;
const concurrency = { tell: 4, other: 2 };
const quickRetry = { attempts: 4, firstMilliseconds: 40, longestMilliseconds: 200 };
const slowRetry = { attempts: 4, firstMilliseconds: 60_000, longestMilliseconds: 60_000 };

const backends = [
  {
    name: 'PostgreSQL',
    available: true,
    start: ownPostgres,
    place: (url: string): QueuePlace => ({ backend: 'postgres', databaseUrl: url }),
  },
  {
    name: redisAvailable() ? 'Redis' : 'Redis (not available here)',
    available: redisAvailable(),
    start: ownRedis,
    place: (url: string): QueuePlace => ({ backend: 'redis', redisUrl: url }),
  },
];

describe.each(backends)('doorbells on $name', ({ available, start, place }) => {
  let server: OwnServer;
  let opened: DoorbellQueue<Bell>[] = [];
  let listeners: Listener[] = [];
  let subjects = 0;

  beforeAll(async () => {
    if (available) server = await start();
  });
  afterEach(async () => {
    await Promise.all(listeners.map((listener) => listener.close(5)));
    await Promise.all(opened.map((queue) => queue.close()));
    listeners = [];
    opened = [];
  });
  afterAll(async () => {
    if (available) await server.destroy();
  });

  const it$ = it.skipIf(!available);
  const newSubject = () => `subject-${(subjects += 1)}`;

  async function aQueue(
    options: Partial<OpenQueueOptions<Bell>> = {},
  ): Promise<DoorbellQueue<Bell>> {
    const queue = await openQueue<Bell>({
      ...place(server.url),
      bells,
      lockSeconds: 2,
      random: Math.random,
      ...options,
    } as OpenQueueOptions<Bell>);
    opened.push(queue);
    return queue;
  }

  async function listening(
    queue: DoorbellQueue<Bell>,
    tell: (id: string, signal: AbortSignal) => Promise<void>,
    onRun?: (run: HandlerRun<Bell>) => void,
  ): Promise<Listener> {
    const listener = await queue.listen(
      { tell, other: () => Promise.resolve() },
      { concurrency, ...(onRun === undefined ? {} : { onRun }) },
    );
    listeners.push(listener);
    return listener;
  }

  it$('delivers a ring to the handler of its bell, and to no other', async () => {
    const queue = await aQueue();
    const told: string[] = [];
    const others: string[] = [];
    listeners.push(
      await queue.listen(
        { tell: async (id) => void told.push(id), other: async (id) => void others.push(id) },
        { concurrency },
      ),
    );

    await queue.ring([
      { bell: 'tell', subjectId: 'a' },
      { bell: 'other', subjectId: 'b' },
    ]);

    await vi.waitFor(() => expect([told, others]).toEqual([['a'], ['b']]), 5_000);
  });

  it$('keeps a ring until somebody listens', async () => {
    const subject = newSubject();
    const early = await aQueue();
    await early.ring([{ bell: 'tell', subjectId: subject }]);

    const told: string[] = [];
    await listening(await aQueue(), async (id) => void told.push(id));

    await vi.waitFor(() => expect(told).toEqual([subject]), 5_000);
  });

  it$('rings once for a subject that waits already', async () => {
    const subject = newSubject();
    const queue = await aQueue();
    const ring = { bell: 'tell', subjectId: subject } as const;

    await queue.ring([ring, ring]);
    await Promise.all(Array.from({ length: 20 }, () => queue.ring([ring])));

    expect(await queue.counts()).toMatchObject({ tell: { waiting: 1 } });
    const told: string[] = [];
    await listening(queue, async (id) => void told.push(id));
    await isQuiet(queue);
    expect(told).toEqual([subject]);
  });

  it$(
    'handles a subject once more when it was rung while being handled, and never twice at once',
    async () => {
      const subject = newSubject();
      const queue = await aQueue();
      const gate = Promise.withResolvers<void>();
      let runs = 0;
      let atOnce = 0;
      let most = 0;
      await listening(queue, async () => {
        runs += 1;
        most = Math.max(most, (atOnce += 1));
        if (runs === 1) await gate.promise;
        atOnce -= 1;
      });
      await queue.ring([{ bell: 'tell', subjectId: subject }]);
      await vi.waitFor(() => expect(runs).toBe(1), 5_000);

      for (let again = 0; again < 5; again += 1)
        await queue.ring([{ bell: 'tell', subjectId: subject }]);
      expect(runs).toBe(1);
      gate.resolve();

      await isQuiet(queue);
      expect({ runs, most }).toEqual({ runs: 2, most: 1 });
    },
  );

  it$('loses no wake-up when rings and handlers race', async () => {
    const queue = await aQueue();
    const rows = new Map<string, number>();
    const seen = new Map<string, number>();
    await listening(queue, async (id) => {
      const wish = rows.get(id) ?? 0;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      seen.set(id, wish);
    });

    for (let wish = 1; wish <= 40; wish += 1) {
      await Promise.all(
        ['race-1', 'race-2', 'race-3'].map(async (id) => {
          rows.set(id, wish);
          await queue.ring([{ bell: 'tell', subjectId: id }]);
        }),
      );
    }

    await vi.waitFor(() => expect(seen).toEqual(rows), 10_000);
  });

  it$.each([
    ['unavailable', new DomainError('unavailable', 'cluster-unreachable', 'Gone.')],
    ['internal', new Internal('Broken.')],
    ['not ours', new TypeError('Oops')],
  ])('backs off and tries again after an error that is %s', async (_kind, error) => {
    const subject = newSubject();
    const queue = await aQueue({ retry: quickRetry });
    const at: number[] = [];
    await listening(queue, async () => {
      at.push(performance.now());
      if (at.length < 3) throw error;
    });

    await queue.ring([{ bell: 'tell', subjectId: subject }]);

    await vi.waitFor(() => expect(at).toHaveLength(3), 10_000);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(20);
    expect(at[2]! - at[1]!).toBeGreaterThanOrEqual(40);
  });

  it$('never tries again after an error that says the request is wrong', async () => {
    const subject = newSubject();
    const queue = await aQueue({ retry: quickRetry });
    const outcomes: string[] = [];
    await listening(
      queue,
      () => Promise.reject(new InvalidRequest('bad', 'Bad.')),
      (run) => outcomes.push(run.outcome),
    );

    await queue.ring([{ bell: 'tell', subjectId: subject }]);

    await vi.waitFor(() => expect(outcomes).toEqual(['given-up']), 5_000);
    await isQuiet(queue);
    expect(outcomes).toEqual(['given-up']);
  });

  it$('gives up after the last attempt, and can be rung again', async () => {
    const subject = newSubject();
    const queue = await aQueue({ retry: { ...quickRetry, attempts: 2 } });
    const outcomes: string[] = [];
    await listening(
      queue,
      () => Promise.reject(new Internal('Broken.')),
      (run) => outcomes.push(run.outcome),
    );

    await queue.ring([{ bell: 'tell', subjectId: subject }]);
    await vi.waitFor(() => expect(outcomes).toEqual(['retried', 'given-up']), 5_000);
    await isQuiet(queue);
    await queue.ring([{ bell: 'tell', subjectId: subject }]);

    await vi.waitFor(() => expect(outcomes).toHaveLength(4), 5_000);
  });

  it$('lets a new wish overtake a backoff, and a sweep not', async () => {
    const subject = newSubject();
    const queue = await aQueue({ retry: slowRetry });
    let runs = 0;
    await listening(queue, async () => {
      runs += 1;
      if (runs === 1) throw new Internal('Broken.');
    });
    await queue.ring([{ bell: 'tell', subjectId: subject }]);
    await vi.waitFor(
      async () => expect(await queue.counts()).toMatchObject({ tell: { delayed: 1 } }),
      5_000,
    );

    await queue.ring([{ bell: 'tell', subjectId: subject }]);
    expect(await queue.counts()).toMatchObject({ tell: { delayed: 1, waiting: 0 } });
    await queue.ring([{ bell: 'tell', subjectId: subject }], { overtake: true });

    await vi.waitFor(() => expect(runs).toBe(2), 8_000);
  });

  it$('writes nothing of an error but its code', async () => {
    const { bell, subjectId } = { bell: 'tell', subjectId: newSubject() } as const;
    const queue = await aQueue({ retry: slowRetry });
    let runs = 0;
    await listening(queue, async () => {
      if ((runs += 1) === 1) throw new Error('token=s3cr3t');
    });

    await queue.ring([{ bell, subjectId }]);
    await vi.waitFor(
      async () => expect(await queue.counts()).toMatchObject({ tell: { delayed: 1 } }),
      5_000,
    );

    const stored = await everythingStored(server.url);
    expect(stored).toContain(subjectId);
    expect(stored).not.toContain('s3cr3t');
    await queue.ring([{ bell, subjectId }], { overtake: true });
    await isQuiet(queue);
  });

  it$('delivers a thousand rings, each once', async () => {
    const queue = await aQueue();
    const ids = Array.from({ length: 1_000 }, (_, index) => `many-${index}`);
    const told: string[] = [];
    await listening(queue, async (id) => void told.push(id));

    await queue.ring(ids.map((subjectId) => ({ bell: 'tell', subjectId })));

    await vi.waitFor(() => expect(told).toHaveLength(1_000), { timeout: 30_000, interval: 100 });
    expect(told.toSorted()).toEqual(ids.toSorted());
  });

  it$('hands a ring on when the process that took it was killed', async () => {
    const subject = newSubject();
    const queue = await aQueue();
    const child = spawnSource(new URL('./testing/hanging-listener.ts', import.meta.url), [
      JSON.stringify(place(server.url)),
    ]);
    await queue.ring([{ bell: 'tell', subjectId: subject }]);
    const [said] = (await once(child.stdout!, 'data')) as [Buffer];
    expect(said.toString()).toBe(`took ${subject}\n`);

    child.kill('SIGKILL');
    const told: string[] = [];
    await listening(queue, async (id) => void told.push(id));

    await vi.waitFor(() => expect(told).toEqual([subject]), 20_000);
  });

  it$('hands a ring back at once when its process closes in good order', async () => {
    const subject = newSubject();
    const [closing, staying] = [
      await aQueue({ lockSeconds: 60 }),
      await aQueue({ lockSeconds: 60 }),
    ];
    const taken = Promise.withResolvers<void>();
    const outcomes: string[] = [];
    const listener = await listening(
      closing,
      (_id, signal) => {
        taken.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        });
      },
      (run) => outcomes.push(run.outcome),
    );
    await closing.ring([{ bell: 'tell', subjectId: subject }]);
    await taken.promise;

    expect(await listener.close(10)).toBe(0);
    const told: string[] = [];
    await listening(staying, async (id) => void told.push(id));

    await vi.waitFor(() => expect(told).toEqual([subject]), 5_000);
    expect(outcomes).toEqual(['handed-back']);
  });

  it$('abandons what does not end within the grace, and another process takes it', async () => {
    const subject = newSubject();
    const [closing, staying] = [await aQueue(), await aQueue()];
    const taken = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const listener = await listening(closing, () => {
      taken.resolve();
      return end.promise;
    });
    await closing.ring([{ bell: 'tell', subjectId: subject }]);
    await taken.promise;

    expect(await listener.close(0.2)).toBe(1);
    await closing.close();
    const told: string[] = [];
    await listening(staying, async (id) => void told.push(id));

    await vi.waitFor(() => expect(told).toEqual([subject]), 20_000);
    end.resolve();
  });

  it$('refuses to listen when a bell has no handler', async () => {
    const queue = await aQueue();
    const handlers = { tell: () => Promise.resolve() } as unknown as Parameters<
      typeof queue.listen
    >[0];

    await expect(queue.listen(handlers, { concurrency })).rejects.toThrow(
      'No handler for doorbell other.',
    );
  });

  it$.each([0, 4_000])(
    'comes back to life after its database was gone for %i ms',
    async (goneMilliseconds) => {
      const queue = await aQueue();
      const told: string[] = [];
      await listening(queue, async (id) => void told.push(id));
      await queue.ring([{ bell: 'tell', subjectId: 'before' }]);
      await vi.waitFor(() => expect(told).toEqual(['before']), 5_000);

      await server.stop();
      await new Promise((resolve) => setTimeout(resolve, goneMilliseconds));
      await server.start();

      for (const id of ['after-1', 'after-2', 'after-3']) {
        await vi.waitFor(() => queue.ring([{ bell: 'tell', subjectId: id }]), 15_000);
        const rung = performance.now();
        await vi.waitFor(() => expect(told).toContain(id), 15_000);
        // Sooner than the five seconds after which a worker looks by itself: it listens again.
        if (id === 'after-3') expect(performance.now() - rung).toBeLessThan(4_000);
      }
    },
  );

  it$('says that the queue is unavailable while its database is gone', async () => {
    const queue = await aQueue();
    await server.stop();
    try {
      await expect(queue.ring([{ bell: 'tell', subjectId: newSubject() }])).rejects.toMatchObject({
        kind: 'unavailable',
        code: 'queue-unavailable',
      });
    } finally {
      await server.start();
    }
  });

  it$('finishes, or hands on, what ran while its database was restarted', async () => {
    const subject = newSubject();
    const queue = await aQueue();
    const end = Promise.withResolvers<void>();
    let runs = 0;
    await listening(queue, async () => {
      runs += 1;
      await end.promise;
    });
    await queue.ring([{ bell: 'tell', subjectId: subject }]);
    await vi.waitFor(() => expect(runs).toBe(1), 5_000);

    await server.stop();
    end.resolve();
    await server.start();
    await vi.waitFor(() => queue.ring([{ bell: 'tell', subjectId: subject }]), 15_000);

    await vi.waitFor(() => expect(runs).toBeGreaterThanOrEqual(2), 20_000);
    await isQuiet(queue);
  });
});

/** Waits until no bell has anything left to do. */
async function isQuiet(queue: DoorbellQueue<Bell>): Promise<void> {
  const nothing = { waiting: 0, active: 0, delayed: 0 };
  await vi.waitFor(
    async () => expect(await queue.counts()).toEqual({ tell: nothing, other: nothing }),
    {
      timeout: 15_000,
      interval: 50,
    },
  );
}
