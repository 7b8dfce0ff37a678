import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotFound } from '@fairlead/core';
import { newId } from './ids.js';
import {
  aCluster,
  admin,
  freshStore,
  someCredentials,
  testKey,
  type FreshStore,
} from './testing/fresh-store.js';

let fresh: FreshStore;
beforeAll(async () => {
  fresh = await freshStore();
});
afterAll(() => fresh.end());

describe('credentials', () => {
  it('come back as they were given', async () => {
    const id = await aCluster(fresh.store);

    expect(await fresh.store.credentials(id)).toEqual({
      credentials: someCredentials(),
      identity: null,
    });
  });

  it('are unusable once the endpoint of the row was edited', async () => {
    const id = await aCluster(fresh.store);
    await fresh.sql(`UPDATE clusters SET endpoint = 'https://evil.example' WHERE id = $1`, [id]);

    await expect(fresh.store.credentials(id)).rejects.toMatchObject({ kind: 'internal' });
  });

  it('are unusable once moved to another cluster', async () => {
    const [from, to] = [await aCluster(fresh.store), await aCluster(fresh.store)];
    await fresh.sql('DELETE FROM cluster_credentials WHERE cluster_id = $1', [to]);
    await fresh.sql('UPDATE cluster_credentials SET cluster_id = $2 WHERE cluster_id = $1', [
      from,
      to,
    ]);

    await expect(fresh.store.credentials(to)).rejects.toMatchObject({ kind: 'internal' });
  });

  it('tell a key that is not configured from a row that was altered', async () => {
    const id = await aCluster(fresh.store);
    const stranger = await fresh.another({ secretKey: Buffer.alloc(32, 9) });

    await expect(stranger.credentials(id)).rejects.toThrow(/which is not configured/);
    await fresh.sql(
      'UPDATE cluster_credentials SET sealed = set_byte(sealed, 0, 255 - get_byte(sealed, 0)) WHERE cluster_id = $1',
      [id],
    );
    await expect(fresh.store.credentials(id)).rejects.toThrow(/was altered/);
  });

  it('open with a key from before a rotation', async () => {
    const id = await aCluster(fresh.store);
    const rotated = await fresh.another({ secretKey: Buffer.alloc(32, 9), previous: [testKey] });

    expect((await rotated.credentials(id)).credentials).toEqual(someCredentials());
  });

  it('go with a new endpoint to a new seal', async () => {
    const id = await aCluster(fresh.store);
    const moved = someCredentials('https://10.0.0.2:6443');

    const { response } = await fresh.store.command({ actor: admin }, async (tx) => {
      const { endpoint, state, version } = await tx.clusters.update(id, { credentials: moved });
      return { endpoint, state, version };
    });

    expect(response).toEqual({ endpoint: moved.server, state: 'registering', version: 2 });
    expect((await fresh.store.credentials(id)).credentials).toEqual(moved);
  });

  it('stand nowhere in the database in the clear', async () => {
    await aCluster(fresh.store);
    const tables = await fresh.sql<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
    );

    for (const { name } of tables) {
      const found =
        await fresh.sql(`SELECT 1 FROM "${name}" AS t WHERE t::text LIKE '%planted-secret%'
        OR position(encode('planted-secret', 'hex') IN t::text) > 0`);
      expect(found, name).toEqual([]);
    }
    expect(tables.length).toBeGreaterThan(10);
  });

  it('of no cluster are not found', async () => {
    await expect(fresh.store.credentials(newId())).rejects.toBeInstanceOf(NotFound);
    await expect(fresh.store.credentials('nonsense')).rejects.toBeInstanceOf(NotFound);
  });
});
