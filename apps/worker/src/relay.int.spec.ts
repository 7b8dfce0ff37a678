import type { Store } from '@fairlead/store';
import { freshDatabase, type FreshDatabase } from '@fairlead/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startRelay } from './relay.js';
import type { Repeating } from './repeating.js';
import { aCluster, aStore } from './testing/a-store.js';
import { FakeQueue, noMetrics, silentLog } from './testing/fakes.js';

describe('relay', () => {
  let database: FreshDatabase;
  let stores: Store[] = [];
  let relays: Repeating[] = [];

  beforeEach(async () => {
    database = await freshDatabase();
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await Promise.all(stores.map((store) => store.close()));
    await database.drop();
    [stores, relays] = [[], []];
  });

  async function opened(): Promise<Store> {
    const store = await aStore(database.url);
    stores.push(store);
    return store;
  }
  function relaying(store: Store, queue: FakeQueue): Repeating {
    const relay = startRelay({ store, queue, metrics: noMetrics, log: silentLog });
    relays.push(relay);
    return relay;
  }

  it('rings what was committed by a process that died before it could ring', async () => {
    const dead = await opened();
    const cluster = await aCluster(dead);
    await dead.close();
    stores = [];

    const queue = new FakeQueue();
    relaying(await opened(), queue);

    await vi.waitFor(() =>
      expect(queue.rings).toEqual([{ bell: 'check-cluster', subjectId: cluster }]),
    );
  });

  it('rings within half a second of a commit by another process, and lets the wish overtake a backoff', async () => {
    const queue = new FakeQueue();
    const [gateway, worker] = [await opened(), await opened()];
    relaying(worker, queue);
    // The listener needs a moment to stand; what was committed before is picked up by the timer.
    await aCluster(gateway);
    await vi.waitFor(() => expect(queue.rings).toHaveLength(1), 5_000);

    const cluster = await aCluster(gateway);

    await vi.waitFor(
      () => expect(queue.overtaking).toContainEqual({ bell: 'check-cluster', subjectId: cluster }),
      {
        timeout: 500,
        interval: 10,
      },
    );
  });

  it('keeps a row until its ring has arrived', async () => {
    const queue = new FakeQueue();
    queue.isAway = true;
    const store = await opened();
    const relay = relaying(store, queue);
    const cluster = await aCluster(store);
    relay.wake();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(queue.rings).toEqual([]);

    queue.isAway = false;

    await vi.waitFor(
      () => expect(queue.rings).toEqual([{ bell: 'check-cluster', subjectId: cluster }]),
      5_000,
    );
    expect(await store.outbox.relay(10, () => Promise.resolve())).toBe(0);
  });

  it('carries every row once, whatever number of relays there is', async () => {
    const queue = new FakeQueue();
    const [one, two, three] = [await opened(), await opened(), await opened()];
    const clusters = await Promise.all(Array.from({ length: 30 }, () => aCluster(one)));

    for (const store of [one, two, three]) relaying(store, queue);

    await vi.waitFor(() => expect(queue.rings).toHaveLength(30), 10_000);
    expect(queue.rings.map((ring) => ring.subjectId).toSorted()).toEqual(clusters.toSorted());
  });
});
