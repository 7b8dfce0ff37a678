import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatabaseUnavailable } from '@fairlead/core';
import type { Store } from './api.js';
import { runningPostmaster } from './embedded/postmaster.js';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from './embedded/start-embedded-postgres.js';
import { deployMigrations } from './migrations/deploy-migrations.js';
import { openStore } from './open-store.js';
import { aCluster, admin, testKey } from './testing/fresh-store.js';
import { migrationsFolder, serverFolder } from './testing/own-postgres.js';

let folder: Awaited<ReturnType<typeof serverFolder>>;
let server: EmbeddedPostgres;
let store: Store;

beforeAll(async () => {
  folder = await serverFolder();
  server = await startEmbeddedPostgres({ folder: folder.path, port: 0, persistent: true });
  await deployMigrations(server.url('fairlead'), migrationsFolder);
  store = await openStore({
    databaseUrl: server.url('fairlead'),
    secretKey: testKey,
    applicationName: 'restart',
    poolSize: 4,
  });
});
afterAll(async () => {
  await store.close();
  await server.stop();
  await folder.remove();
});

async function addEvent(): Promise<void> {
  await store.command({ actor: admin }, (tx) => {
    tx.audit({ type: 'x', actor: admin, subject: { kind: 'job', id: '1' }, data: {} });
    return Promise.resolve({});
  });
}

describe('a store whose PostgreSQL restarts', () => {
  it('fails as unavailable meanwhile, then works on, hears commits, and has a whole chain', async () => {
    const heard = vi.fn();
    store.onCommit(heard);
    const clusterId = await aCluster(store);
    await Promise.all(Array.from({ length: 8 }, addEvent));
    const interrupted = Array.from({ length: 8 }, () =>
      addEvent().catch((error: Error) => expect(error).toBeInstanceOf(DatabaseUnavailable)),
    );

    await server.stop();
    await Promise.all(interrupted);
    await expect(addEvent()).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(store.ping()).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(store.credentials(clusterId)).rejects.toBeInstanceOf(DatabaseUnavailable);
    await expect(store.auditChain.verify({})).rejects.toBeInstanceOf(DatabaseUnavailable);
    heard.mockClear();
    server = await startEmbeddedPostgres({
      folder: folder.path,
      port: server.port,
      persistent: true,
    });

    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), 20_000);
    heard.mockClear();
    await addEvent();
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), 5000);
    expect((await store.credentials(clusterId)).credentials.user.type).toBe('token');
    expect((await store.auditChain.verify({})).firstBad).toBeNull();
  });

  it('keeps every event that was acknowledged, without gap or fork, when the server is killed', async () => {
    const before = await store.auditChain.verify({});
    let acknowledged = 0;
    let writing = true;
    const writers = Array.from({ length: 64 }, async () => {
      while (writing) {
        await addEvent().then(
          () => (acknowledged += 1),
          (error: Error) => {
            writing = false;
            expect(error).toBeInstanceOf(DatabaseUnavailable);
          },
        );
      }
    });
    await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(50), 20_000);

    process.kill((await runningPostmaster(join(folder.path, 'data'))) ?? 0, 'SIGKILL');
    await Promise.all(writers);
    server = await startEmbeddedPostgres({
      folder: folder.path,
      port: server.port,
      persistent: true,
    });

    const after = await store.auditChain.verify({});
    expect(after.firstBad).toBeNull();
    expect(after.headSeq - before.headSeq).toBeGreaterThanOrEqual(acknowledged);
    // A commit whose answer got lost may be there too: at most one for each writer.
    expect(after.headSeq - before.headSeq).toBeLessThanOrEqual(acknowledged + 64);
  });
});
