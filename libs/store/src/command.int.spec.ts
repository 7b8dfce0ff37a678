import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Conflict, InvalidRequest } from '@fairlead/core';
import type { Tx } from './api.js';
import { newId } from './ids.js';
import { admin, freshStore, type FreshStore } from './testing/fresh-store.js';

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(() => fresh.end());

const counts = async () => {
  const [row] = await fresh.sql<{ profiles: number; events: number; rings: number; keys: number }>(`
    SELECT (SELECT count(*)::int FROM profiles) AS profiles,
           (SELECT count(*)::int FROM audit_events) AS events,
           (SELECT count(*)::int FROM outbox) AS rings,
           (SELECT count(*)::int FROM idempotency_keys) AS keys`);
  return row;
};

async function makeProfile(tx: Tx, name: string) {
  const id = newId();
  await tx.profiles.create({ id, name, description: '', settings: {}, actor: admin });
  tx.audit({
    type: 'profile.created',
    actor: admin,
    subject: { kind: 'profile', id },
    data: { name },
  });
  tx.ring('drive-job', id);
  return { id, z: 1, a: 2 };
}

const once = (key: string, fingerprint = 'f') => ({
  actor: admin,
  idempotency: { key, operation: 'createProfile', fingerprint },
});

describe('command', () => {
  it('makes one effect of 200 parallel duplicates, and gives all of them the same answer', async () => {
    const before = await counts();

    const answers = await Promise.all(
      Array.from({ length: 200 }, () =>
        fresh.store.command(once('parallel'), (tx) => makeProfile(tx, 'parallel')),
      ),
    );

    expect(new Set(answers.map(({ response }) => JSON.stringify(response))).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    const after = await counts();
    expect(after?.profiles).toBe((before?.profiles ?? 0) + 1);
    expect(after?.events).toBe((before?.events ?? 0) + 1);
    expect(after?.rings).toBe((before?.rings ?? 0) + 1);
  });

  it('refuses a key that was used for another request', async () => {
    await fresh.store.command(once('reused', 'one'), (tx) => makeProfile(tx, 'reused'));

    const again = fresh.store.command(once('reused', 'two'), (tx) => makeProfile(tx, 'reused-2'));

    await expect(again).rejects.toMatchObject({ kind: 'conflict', code: 'idempotency-key-reused' });
  });

  it('keeps the keys of different actors apart', async () => {
    const other = { ...once('shared'), actor: { ...admin, id: 'key-2' } };

    const one = await fresh.store.command(once('shared'), (tx) => makeProfile(tx, 'shared-1'));
    const two = await fresh.store.command(other, (tx) => makeProfile(tx, 'shared-2'));

    expect(one.response.id).not.toBe(two.response.id);
  });

  it('keeps nothing of a command that failed, so that its key may be used again', async () => {
    const before = await counts();

    const failing = fresh.store.command(once('failing'), async (tx) => {
      await makeProfile(tx, 'failing');
      throw new Conflict('test', 'No.');
    });

    await expect(failing).rejects.toBeInstanceOf(Conflict);
    expect(await counts()).toEqual(before);
    const second = await fresh.store.command(once('failing'), (tx) => makeProfile(tx, 'failing'));
    expect(second.replayed).toBe(false);
  });

  it('lets a key go after its 24 hours', async () => {
    const first = await fresh.store.command(once('old'), (tx) => makeProfile(tx, 'old-1'));
    await fresh.sql(
      `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'old'`,
    );

    const second = await fresh.store.command(once('old', 'g'), (tx) => makeProfile(tx, 'old-2'));
    await fresh.sql(
      `UPDATE idempotency_keys SET expires_at = now() - interval '1 second' WHERE key = 'old'`,
    );
    const purged = await fresh.store.purgeIdempotencyKeys();

    expect(second.replayed).toBe(false);
    expect(second.response.id).not.toBe(first.response.id);
    expect(purged).toBe(1);
  });

  it('answers a dry run and stores nothing of it, the key included', async () => {
    const before = await counts();

    const answer = await fresh.store.command({ ...once('dry'), validateOnly: true }, (tx) =>
      makeProfile(tx, 'dry'),
    );

    expect(answer.response.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await counts()).toEqual(before);
  });

  it('finds in a dry run what the real one would find', async () => {
    await fresh.store.command({ actor: admin }, (tx) => makeProfile(tx, 'taken'));

    const dry = fresh.store.command({ actor: admin, validateOnly: true }, (tx) =>
      makeProfile(tx, 'taken'),
    );

    await expect(dry).rejects.toMatchObject({ code: 'profile-name-taken' });
  });

  it("refuses a text with NUL as the request's own fault", async () => {
    const bad = fresh.store.command({ actor: admin }, (tx) => makeProfile(tx, 'nul \u0000'));

    await expect(bad).rejects.toBeInstanceOf(InvalidRequest);
  });

  it('lets nobody write in a read', async () => {
    const write = fresh.store.read((tx) =>
      tx.profiles.create({
        id: newId(),
        name: 'read',
        description: '',
        settings: {},
        actor: admin,
      }),
    );

    await expect(write).rejects.toMatchObject({ kind: 'internal' });
  });
});
