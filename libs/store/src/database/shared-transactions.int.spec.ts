import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshStore, type FreshStore } from '../testing/fresh-store.js';
import { openDatabase, type Database, type Db } from './database.js';

const poolSize = 4;
let fresh: FreshStore;
let database: Database;
beforeAll(async () => {
  fresh = await freshStore();
  database = openDatabase({ databaseUrl: fresh.url, applicationName: 'shared', poolSize });
});
afterAll(async () => {
  await database.close();
  await fresh.end();
});

interface Backend {
  readonly pid: number;
}

const ring = (db: Db, subjectId: string) => db.outbox.create({ data: { bell: 'test', subjectId } });

async function rung(subjectId: string): Promise<number> {
  return (await fresh.sql('SELECT 1 FROM outbox WHERE subject_id = $1', [subjectId])).length;
}

describe('a shared transaction', () => {
  it("runs SQL on its own Prisma's connection, however many are opened at once", async () => {
    const pairs = await Promise.all(
      Array.from({ length: 5 * poolSize }, () =>
        database.transaction(async (db, { sql }) => {
          const [ours] = await sql<Backend>`SELECT pg_backend_pid() AS pid`;
          const [prismas] = await db.$queryRaw<Backend[]>`SELECT pg_backend_pid() AS pid`;
          return { ours: ours?.pid, prismas: prismas?.pid };
        }),
      ),
    );

    expect(pairs.filter(({ ours, prismas }) => ours === undefined || ours !== prismas)).toEqual([]);
    expect(new Set(pairs.map(({ ours }) => ours)).size).toBeGreaterThan(1);
  });

  it('takes back what both wrote when the work fails', async () => {
    const failing = database.transaction(async (db, { sql }) => {
      await ring(db, 'taken-back');
      await sql`INSERT INTO outbox (bell, subject_id) VALUES ('test', ${'taken-back'})`;
      throw new TypeError('No.');
    });

    await expect(failing).rejects.toThrow('No.');
    expect(await rung('taken-back')).toBe(0);
  });

  it('is committed with its last statement', async () => {
    const seen = await database.transaction(async (db, { last }) => {
      await ring(db, 'last');
      await last`INSERT INTO outbox (bell, subject_id) VALUES ('test', ${'last'})`;
      return await rung('last');
    });

    expect(seen).toBe(2);
  });

  it('takes everything back when its last statement fails, and leaves the connection usable', async () => {
    for (let time = 0; time < 2 * poolSize; time += 1) {
      const failing = database.transaction(async (db, { last }) => {
        await ring(db, 'last-fails');
        await last`SELECT 1 / ${'0'}::int`;
      });
      await expect(failing).rejects.toMatchObject({ kind: 'internal' });
    }

    expect(await rung('last-fails')).toBe(0);
    await database.transaction((db) => ring(db, 'after-failures'));
    expect(await rung('after-failures')).toBe(1);
  });

  it('lets no statement follow the last', async () => {
    const late = database.transaction(async (_db, { sql, last }) => {
      await last`SELECT 1`;
      await sql`INSERT INTO outbox (bell, subject_id) VALUES ('test', ${'late'})`;
    });

    await expect(late).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await rung('late')).toBe(0);
  });
});
