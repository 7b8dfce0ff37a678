import pg from 'pg';
import { expect, it } from 'vitest';
import { freshDatabase } from './fresh-database.js';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

it('gives every caller a migrated database of its own', async () => {
  const [one, two] = await Promise.all([freshDatabase(), freshDatabase()]);

  await ask(one.url, `INSERT INTO outbox (bell, subject_id) VALUES ('drive-job', 'x')`);

  expect(await ask(one.url, 'SELECT count(*)::int AS rows FROM outbox')).toEqual([{ rows: 1 }]);
  expect(await ask(two.url, 'SELECT count(*)::int AS rows FROM outbox')).toEqual([{ rows: 0 }]);
  await Promise.all([one.drop(), two.drop()]);
  await expect(ask(one.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});
