import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotFound } from '@fairlead/core';
import type { JobRow, Page, PageRequest, Tx } from '../api.js';
import { newId } from '../ids.js';
import {
  admin,
  aCluster,
  aJob,
  aPlan,
  freshStore,
  someCredentials,
  type FreshStore,
} from '../testing/fresh-store.js';

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(() => fresh.end());

const command = (work: (tx: Tx) => Promise<unknown>) =>
  fresh.store.command({ actor: admin }, async (tx) => {
    await work(tx);
    return {};
  });

async function allPages<T>(
  list: (page: PageRequest) => Promise<Page<T>>,
  between: () => Promise<unknown>,
): Promise<T[]> {
  const found: T[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: 3, ...(after === undefined ? {} : { after }) });
    found.push(...page.items);
    after = page.next;
    await between();
  } while (after !== undefined);
  return found;
}

describe('pages', () => {
  it('show every row that was there once, newest first, whatever is inserted meanwhile', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1) ids.push(await aCluster(fresh.store));

    const clusters = await allPages(
      (page) => fresh.store.read((tx) => tx.clusters.list(page, {})),
      () => aCluster(fresh.store),
    );

    expect(clusters.map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it('end without a next one when the last is full', async () => {
    const clusterId = await aCluster(fresh.store);
    for (let index = 0; index < 3; index += 1) await aJob(fresh.store, clusterId);

    const page = await fresh.store.read((tx) => tx.jobs.list({ limit: 3 }, { clusterId }));

    expect(page.items).toHaveLength(3);
    expect(page.next).toBeUndefined();
  });

  it('refuse to go on from what is no id', async () => {
    const bad = fresh.store.read((tx) => tx.profiles.list({ limit: 3, after: `'; --` }));

    await expect(bad).rejects.toMatchObject({ kind: 'invalid', code: 'page-token-invalid' });
  });
});

describe('clusters', () => {
  it('are found by labels, all of which must fit', async () => {
    const make = async (labels: Record<string, string>) => {
      const id = newId();
      await command((tx) =>
        tx.clusters.create({ id, name: id, labels, credentials: someCredentials() }),
      );
      return id;
    };
    const one = await make({ 'fairlead.dev/env': 'prod', region: 'eu' });
    const two = await make({ 'fairlead.dev/env': 'prod', region: 'us' });
    const by = async (...label: string[]) =>
      (await fresh.store.read((tx) => tx.clusters.list({ limit: 10 }, { label }))).items.map(
        ({ id }) => id,
      );

    expect(await by('fairlead.dev/env=prod')).toEqual([two, one]);
    expect(await by('fairlead.dev/env=prod', 'region=eu')).toEqual([one]);
    expect(await by('region')).toEqual([two, one]);
    expect(await by('region=asia')).toEqual([]);
  });

  it('have names of their own, after an edit too', async () => {
    const name = newId();
    await aCluster(fresh.store, name);
    const second = await aCluster(fresh.store);

    await expect(aCluster(fresh.store, name)).rejects.toMatchObject({ code: 'cluster-name-taken' });
    const edit = command((tx) => tx.clusters.update(second, { name }));
    await expect(edit).rejects.toMatchObject({ code: 'cluster-name-taken' });
  });

  it('pin the identity that was seen first', async () => {
    const id = await aCluster(fresh.store);
    const check = (uid: string) =>
      command((tx) =>
        tx.clusters.recordCheck(id, {
          state: 'ready',
          problem: null,
          identity: { uid, caSha256: 'ca' },
        }),
      );

    await check('first');
    await check('second');

    const row = await fresh.store.read((tx) => tx.clusters.get(id));
    expect(row).toMatchObject({ state: 'ready', version: 1, identity: { uid: 'first' } });
    expect(row.checkedAt).not.toBeNull();
  });

  it('have their observations read together, and only those that somebody observed', async () => {
    const [one, two, three] = [
      await aCluster(fresh.store),
      await aCluster(fresh.store),
      await aCluster(fresh.store),
    ];
    await command((tx) => tx.observations.put(one, { sysctl: { a: 1 }, conntrack: { b: 2 } }));
    await command((tx) => tx.observations.put(two, { sysctl: { a: 3 } }));

    const found = await fresh.store.read((tx) => tx.observations.latestOf([one, two, three]));

    expect([...found.keys()].toSorted()).toEqual([one, two].toSorted());
    expect(found.get(one)?.map(({ tuner }) => tuner)).toEqual(['conntrack', 'sysctl']);
    expect(found.get(two)?.[0]?.observation).toEqual({ a: 3 });
  });

  it('take their credentials and observations along when removed', async () => {
    const id = await aCluster(fresh.store);
    await command((tx) => tx.observations.put(id, { sysctl: { a: 1 } }));

    await command((tx) => tx.clusters.remove(id));

    const [left] = await fresh.sql<{ rows: number }>(
      `SELECT (SELECT count(*) FROM cluster_credentials WHERE cluster_id = $1)::int
            + (SELECT count(*) FROM observations WHERE cluster_id = $1)::int AS rows`,
      [id],
    );
    expect(left?.rows).toBe(0);
    await expect(fresh.store.read((tx) => tx.clusters.get(id))).rejects.toBeInstanceOf(NotFound);
  });
});

describe('profiles', () => {
  it('keep every revision, and show the newest', async () => {
    const id = newId();
    const settings = (value: number) => ({ sysctl: { value } });
    await command((tx) =>
      tx.profiles.create({ id, name: id, description: 'd', settings: settings(1), actor: admin }),
    );
    await command((tx) => tx.profiles.addRevision(id, settings(2), undefined, admin));

    const [newest, first, listed] = await fresh.store.read(async (tx) => [
      await tx.profiles.get(id),
      await tx.profiles.get(id, 1),
      (await tx.profiles.list({ limit: 1 })).items[0],
    ]);

    expect(newest).toMatchObject({
      revision: 2,
      settings: settings(2),
      description: 'd',
      revisedBy: 'api-key:key-1',
    });
    expect(first).toMatchObject({ revision: 1, settings: settings(1) });
    expect(listed).toEqual(newest);
    await expect(fresh.store.read((tx) => tx.profiles.get(id, 3))).rejects.toBeInstanceOf(NotFound);
  });

  it('number revisions that come at once without a collision', async () => {
    const id = newId();
    await command((tx) =>
      tx.profiles.create({ id, name: id, description: '', settings: {}, actor: admin }),
    );

    await Promise.all(
      Array.from({ length: 10 }, () => command((tx) => tx.profiles.addRevision(id, {}, '', admin))),
    );

    expect((await fresh.store.read((tx) => tx.profiles.get(id))).revision).toBe(11);
  });
});

describe('jobs', () => {
  async function jobIn(state: string, columns = ''): Promise<string> {
    const id = await aJob(fresh.store, await aCluster(fresh.store), { approval: 'required' });
    await fresh.sql(`UPDATE jobs SET state = $2 ${columns} WHERE id = $1`, [id, state]);
    return id;
  }
  const reversal = { reason: 'undo-requested', message: 'x', onConflict: 'stop' } as const;

  it('are answered on creation as they are read afterwards', async () => {
    const clusterId = await aCluster(fresh.store);
    const profileId = newId();
    let created: JobRow | undefined;

    await command(async (tx) => {
      const settings = { sysctl: { 'Ü"': [1e21, 0.1] } };
      await tx.profiles.create({
        id: profileId,
        name: profileId,
        description: '',
        settings,
        actor: admin,
      });
      created = await tx.jobs.create({
        id: newId(),
        clusterId,
        profileId,
        profileRevision: 1,
        settings,
        measuring: {
          rounds: 1,
          attemptsPerRound: 1,
          intervalMilliseconds: 1,
          settleSeconds: 0,
          nodePairs: 1,
        },
        approval: 'required',
        actor: admin,
      });
    });

    expect(await fresh.store.read((tx) => tx.jobs.get(created?.id ?? ''))).toEqual(created);
  });

  it('cannot be created for a cluster that is not there', async () => {
    await expect(aJob(fresh.store, newId())).rejects.toBeInstanceOf(NotFound);
  });

  it('are approved by the hash of the plan that was seen, while they await it', async () => {
    const id = await jobIn('awaiting-approval', `, plan_hash = 'seen'`);
    const early = await jobIn('queued');

    await expect(command((tx) => tx.jobs.approve(early, 'seen'))).rejects.toMatchObject({
      code: 'job-not-awaiting-approval',
    });
    await expect(command((tx) => tx.jobs.approve(id, 'other'))).rejects.toMatchObject({
      code: 'plan-changed',
    });
    await command((tx) => tx.jobs.approve(id, 'seen'));

    expect((await fresh.store.read((tx) => tx.jobs.get(id))).approvedHash).toBe('seen');
  });

  it('take a wish to cancel until they have ended', async () => {
    const running = await jobIn('applying');
    const over = await jobIn('succeeded', ', ended_at = now()');

    await command((tx) => tx.jobs.requestCancel(running));

    expect((await fresh.store.read((tx) => tx.jobs.get(running))).cancelRequested).toBe(true);
    await expect(command((tx) => tx.jobs.requestCancel(over))).rejects.toMatchObject({
      code: 'job-has-ended',
    });
  });

  it.each(['succeeded', 'revert-failed'])('can be undone once %s', async (state) => {
    const id = await jobIn(state, ', ended_at = now(), recheck_at = NULL');

    await command((tx) => tx.jobs.startUndo(id, reversal));

    const job = await fresh.store.read((tx) => tx.jobs.get(id));
    expect(job).toMatchObject({ state: 'reverting', reversal, endedAt: null });
    const late = await fresh.store.outbox.overdue(new Date(Date.now() + 60_000), 1000);
    expect(late.map(({ subjectId }) => subjectId)).toContain(id);
  });

  it.each(['applying', 'failed', 'reverted', 'cancelled'])(
    'cannot be undone when %s',
    async (state) => {
      const id = await jobIn(state, state === 'applying' ? '' : ', ended_at = now()');

      await expect(command((tx) => tx.jobs.startUndo(id, reversal))).rejects.toMatchObject({
        kind: 'precondition',
        code: 'job-not-undoable',
      });
    },
  );

  it('give a plan back as it was stored', async () => {
    const id = await jobIn('queued');
    const plan = {
      ...aPlan(),
      warnings: [{ tuner: 'sysctl', code: 'x', message: 'Ü "quoted" \\ {}' }],
    };
    await fresh.sql('UPDATE jobs SET plan = $2 WHERE id = $1', [id, JSON.stringify(plan)]);

    expect((await fresh.store.read((tx) => tx.jobs.get(id))).plan).toEqual(plan);
  });

  it('are listed by state', async () => {
    const id = await jobIn('judging');

    const { items } = await fresh.store.read((tx) =>
      tx.jobs.list({ limit: 10 }, { state: ['judging'] }),
    );

    expect(items.map((job) => job.id)).toEqual([id]);
  });
});

describe('API keys', () => {
  it('name their holder until they are revoked', async () => {
    const [id, hash] = [newId(), newId()];
    await command((tx) => tx.apiKeys.create({ id, name: 'Ada', role: 'operator', hash }));
    const holder = { kind: 'api-key', id, name: 'Ada', role: 'operator' };

    expect(await fresh.store.actorOfKey(hash)).toEqual(holder);
    expect(await fresh.store.actorOfKey(newId())).toBeNull();
    await command((tx) => tx.apiKeys.revoke(id));

    expect(await (await fresh.another()).actorOfKey(hash)).toBeNull();
    const [listed] = (await fresh.store.read((tx) => tx.apiKeys.list({ limit: 1 }))).items;
    expect(listed?.revokedAt).not.toBeNull();
  });

  it('keep the time of their first revocation', async () => {
    const id = newId();
    await command((tx) => tx.apiKeys.create({ id, name: 'Bob', role: 'viewer', hash: newId() }));
    const revoke = async () => {
      await command((tx) => tx.apiKeys.revoke(id));
      return (await fresh.store.read((tx) => tx.apiKeys.list({ limit: 1 }))).items[0]?.revokedAt;
    };

    expect(await revoke()).toEqual(await revoke());
  });
});

describe('times', () => {
  it('are the same whatever the zone of the server', async () => {
    const { url, sql } = fresh;
    const name = new URL(url).pathname.slice(1);
    await sql(`ALTER DATABASE "${name}" SET timezone = 'Asia/Kolkata'`);
    const store = await fresh.another();

    const before = Date.now();
    const clusterId = await aCluster(store);
    const { createdAt } = await store.read((tx) => tx.clusters.get(clusterId));

    expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(10_000);
    const due = await store.outbox.overdue(new Date(before + 60_000), 1000);
    expect(due.map(({ subjectId }) => subjectId)).toContain(clusterId);
    const notDue = await store.outbox.overdue(new Date(before), 1000);
    expect(notDue.map(({ subjectId }) => subjectId)).not.toContain(clusterId);
  });
});
