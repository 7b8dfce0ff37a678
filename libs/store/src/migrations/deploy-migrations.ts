import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** Held by Prisma's own `migrate deploy` too, so that neither runs beside the other. */
const prismaLock = 72_707_369;

const ledger = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Applied {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Applies the migrations that a database lacks, creating the database when it is absent. Starters
 * that race wait for one another. Writes the ledger that Prisma's CLI reads.
 *
 * @param migrationsFolder  `prisma/migrations`: one folder each, holding `migration.sql`
 * @returns the names of those that were applied now, in order
 * @throws  Error when one had failed under the CLI, was edited after it was applied, or fails now;
 *          a failing one leaves nothing behind
 */
export async function deployMigrations(
  databaseUrl: string,
  migrationsFolder: string,
): Promise<readonly string[]> {
  const migrations = await readMigrations(migrationsFolder);
  const client = await connectCreating(databaseUrl);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [prismaLock]);
    await client.query(ledger);
    const pending = pendingOf(migrations, await appliedMigrations(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return await Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function connectCreating(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (codeOf(error) !== '3D000') throw error;
  }
  await createDatabase(databaseUrl);
  const second = new pg.Client({ connectionString: databaseUrl });
  await second.connect();
  return second;
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl);
  const name = decodeURIComponent(url.pathname.slice(1));
  url.pathname = '/postgres';
  const admin = new pg.Client({ connectionString: url.toString() });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`);
  } catch (error) {
    // Another starter was faster: "duplicate database", or a collision in the catalogue's index.
    if (codeOf(error) !== '42P04' && codeOf(error) !== '23505') throw error;
  } finally {
    await admin.end();
  }
}

async function appliedMigrations(client: pg.Client): Promise<readonly Applied[]> {
  const { rows } = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return rows;
}

function pendingOf(migrations: readonly Migration[], applied: readonly Applied[]) {
  const failed = applied.find(({ finished_at }) => finished_at === null);
  if (failed !== undefined) {
    throw new Error(
      `Migration ${failed.migration_name} failed earlier. Repair it with "prisma migrate resolve".`,
    );
  }
  return migrations.filter((migration) => {
    const row = applied.find(({ migration_name }) => migration_name === migration.name);
    if (row !== undefined && row.checksum !== migration.checksum) {
      throw new Error(`Migration ${migration.name} was edited after it had been applied.`);
    }
    return row === undefined;
  });
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK');
    throw new Error(`Migration ${name} failed: ${(cause as Error).message}`, { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as Error & { code?: string }).code : undefined;
}
