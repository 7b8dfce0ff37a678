import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverFolder } from '../testing/own-postgres.js';
import { isAlive, runningPostmaster } from './postmaster.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres.js';

let folder: Awaited<ReturnType<typeof serverFolder>>;
let servers: EmbeddedPostgres[];
beforeEach(async () => {
  folder = await serverFolder();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) await server.stop();
  await folder.remove();
});

async function start(persistent = true): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder: folder.path, port: 0, persistent });
  servers.push(server);
  return server;
}

async function ask(server: EmbeddedPostgres, sql: string) {
  const client = new pg.Client({ connectionString: server.url('postgres') });
  await client.connect();
  try {
    return (await client.query(sql)).rows as unknown[];
  } finally {
    await client.end();
  }
}

const data = () => join(folder.path, 'data');

describe('startEmbeddedPostgres', () => {
  it('keeps its data and its password over a stop', async () => {
    const first = await start();
    await ask(first, 'CREATE TABLE kept (id int)');
    await first.stop();

    const second = await start();

    expect(await ask(second, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 0 }]);
    expect((await stat(join(folder.path, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('wants its password, and listens on the loopback address alone', async () => {
    const server = await start();
    const stranger = new pg.Client({
      connectionString: server.url('postgres').replace(/:[0-9a-f]+@/, ':guess@'),
    });

    await expect(stranger.connect()).rejects.toMatchObject({ code: '28P01' });
    const settings = await ask(server, 'SHOW listen_addresses');
    expect(settings).toEqual([{ listen_addresses: '127.0.0.1' }]);
  });

  it("sorts by code point in UTF-8 whatever the machine's locale", async () => {
    const server = await start(false);

    const sorted = await ask(
      server,
      `SELECT t FROM (VALUES ('b'), ('B'), ('ä'), ('_')) v(t) ORDER BY t`,
    );

    expect(sorted).toEqual([{ t: 'B' }, { t: '_' }, { t: 'b' }, { t: 'ä' }]);
  });

  it('flushes commits when it is persistent, and only then', async () => {
    const kept = await start();
    expect(await ask(kept, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    await kept.stop();

    expect(await ask(await start(false), 'SHOW fsync')).toEqual([{ fsync: 'off' }]);
  });

  it('leaves no process and no folder when it is not persistent', async () => {
    const server = await start(false);
    const pid = await runningPostmaster(data());

    await server.stop();

    expect(isAlive(pid ?? 0)).toBe(false);
    await expect(access(folder.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('ends a server whose owner was killed, and starts on its data', async () => {
    const first = await start();
    await ask(first, 'CREATE TABLE survived (id int)');
    const orphan = await runningPostmaster(data());
    const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await writeFile(join(folder.path, 'owner.pid'), `${owner.pid}\n`);

    await expect(start()).rejects.toThrow(/already runs a PostgreSQL/);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const second = await start();

    expect(await runningPostmaster(data())).not.toBe(orphan);
    expect(await ask(second, 'SELECT count(*)::int AS rows FROM survived')).toEqual([{ rows: 0 }]);
  });

  it('starts anew over a folder that an interrupted start left half made', async () => {
    const first = await start();
    await first.stop();
    await rm(join(data(), 'PG_VERSION'));

    expect(await ask(await start(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
