import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  readonly url: string;
  /** Gives connections that are closing a moment, then ends what is left. */
  drop(): Promise<void>;
}

/** A migrated database that nobody else uses, as a copy of the run's template. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const { adminUrl, template } = inject('postgres');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    drop: () => dropDatabase(adminUrl, name),
  };
}

/** A pool's end does not wait for its sockets, and a forced drop would hit them with an error. */
async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      return await administer(adminUrl, `DROP DATABASE "${name}"`);
    } catch (error) {
      if ((error as { code?: string }).code !== '55006') throw error;
      await sleep(25);
    }
  }
  await administer(adminUrl, `DROP DATABASE "${name}" WITH (FORCE)`);
}

async function administer(adminUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
