import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { newId } from '../ids.js';
import { migrationsFolder } from '../testing/own-postgres.js';
import { deployMigrations } from './deploy-migrations.js';

let folder: string;
let url: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-migrations-'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  url = inject('postgres').adminUrl.replace(
    /\/postgres$/,
    `/migrated_${newId().replaceAll('-', '')}`,
  );
});

async function ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function migrations(name: string, more: Record<string, string>): Promise<string> {
  const copy = join(folder, name);
  await cp(migrationsFolder, copy, { recursive: true });
  for (const [migration, sql] of Object.entries(more)) {
    await mkdir(join(copy, migration), { recursive: true });
    await writeFile(join(copy, migration, 'migration.sql'), sql);
  }
  return copy;
}

describe('deployMigrations', () => {
  it('creates the database, applies all in order, and has nothing to do the second time', async () => {
    const more = await migrations('two', { '29990101000000_later': 'CREATE TABLE later (id int)' });

    const first = await deployMigrations(url, more);
    const second = await deployMigrations(url, more);

    expect(first.at(-1)).toBe('29990101000000_later');
    expect(first.toSorted()).toEqual(first);
    expect(second).toEqual([]);
    expect(await ask('SELECT count(*)::int AS rows FROM later')).toEqual([{ rows: 0 }]);
  });

  it('lets one of many starters apply each migration', async () => {
    const starters = await Promise.all(
      Array.from({ length: 12 }, () => deployMigrations(url, migrationsFolder)),
    );

    expect(starters.filter((applied) => applied.length > 0)).toHaveLength(1);
    const ledger = await ask(
      'SELECT finished_at IS NOT NULL AS done, applied_steps_count FROM _prisma_migrations',
    );
    expect(ledger).toEqual(starters.flat().map(() => ({ done: true, applied_steps_count: 1 })));
  });

  it('leaves nothing behind of a migration that fails, and names it', async () => {
    const broken = await migrations('broken', {
      '29990101000000_broken': 'CREATE TABLE half (id int); SELECT 1 / 0;',
    });

    await expect(deployMigrations(url, broken)).rejects.toThrow(
      /29990101000000_broken failed: division by zero/,
    );

    expect(await ask(`SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    expect(await deployMigrations(url, migrationsFolder)).toEqual([]);
  });

  it('refuses a migration that was edited after it had been applied', async () => {
    await deployMigrations(
      url,
      await migrations('before', { '29990101000000_edited': 'SELECT 1' }),
    );

    const edited = deployMigrations(
      url,
      await migrations('after', { '29990101000000_edited': 'SELECT 2' }),
    );

    await expect(edited).rejects.toThrow(/was edited/);
  });

  it('refuses to go on over a migration that failed under the CLI', async () => {
    await deployMigrations(url, migrationsFolder);
    await ask('UPDATE _prisma_migrations SET finished_at = NULL');

    await expect(deployMigrations(url, migrationsFolder)).rejects.toThrow(/failed earlier/);
  });
});
