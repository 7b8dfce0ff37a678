import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deployMigrations, endOrphanedPostgres, startEmbeddedPostgres } from '@fairlead/store';
import type { TestProject } from 'vitest/node';

const migrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** The database that every test's own is copied from. */
const template = 'fairlead_template';

const prefix = 'fairlead-tests-';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the server's `postgres` database; `template` names the migrated one. */
    postgres: { readonly adminUrl: string; readonly template: string };
  }
}

/** One PostgreSQL for a whole run of tests, gone at its end with all its data. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftOvers();
  const folder = await mkdtemp(join(tmpdir(), prefix));
  // mkdtemp gives 0700, and the server runs as another user when the tests run as root.
  await chmod(folder, 0o711);
  try {
    const server = await startEmbeddedPostgres({
      folder,
      port: 0,
      persistent: false,
      maxConnections: 300,
    });
    await deployMigrations(server.url(template), migrations);
    project.provide('postgres', { adminUrl: server.url('postgres'), template });
    return () => server.stop();
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Servers of runs that were killed before they could stop them. */
async function removeLeftOvers(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const folder = join(tmpdir(), name);
    if (await endOrphanedPostgres(folder)) await rm(folder, { recursive: true, force: true });
  }
}
