import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { access, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { endPostmaster, isAlive, readPid, runningPostmaster } from './postmaster.js';
import { serverBinaries } from './server-binaries.js';
import { serverUser, type ServerUser } from './server-user.js';

export interface EmbeddedPostgres {
  readonly port: number;
  /** Connection string of a database on this server, whether it exists or not. */
  url(database: string): string;
  /** Ends the server cleanly; a folder that is not persistent is removed. Safe to call twice. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Holds the data, the password and the log. Root's server runs as `postgres`, who must reach it. */
  readonly folder: string;
  /** A free one is taken for 0. */
  readonly port: number;
  /** Without it commits are not flushed to the disk, and the folder goes when the server stops. */
  readonly persistent: boolean;
  readonly maxConnections?: number;
}

const run = promisify(execFile);
const environment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/**
 * Starts a PostgreSQL of our own on the loopback address, making its data folder when absent. A
 * server that outlived the process which started it is ended first.
 *
 * @throws Error when another living process runs a server on the folder, or it does not come up
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { folder } = options;
  const data = join(folder, 'data');
  const ownerFile = join(folder, 'owner.pid');
  const user = await serverUser();
  await mkdir(folder, { recursive: true });
  await endOrphan(data, ownerFile);
  await writeFile(ownerFile, `${process.pid}\n`);

  const password = await passwordOf(folder);
  await initialise(folder, data, password, user, options.persistent);
  const port = options.port === 0 ? await freePort() : options.port;
  const url = (database: string) =>
    `postgresql://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  const server = launch(folder, serverArguments(data, port, options), user);
  const endWithUs = () => server.kill('SIGINT');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  await untilReady(server, url('postgres'), join(folder, 'postgres.log'));

  const stop = async () => {
    process.off('exit', endWithUs);
    const running = await runningPostmaster(data);
    if (running !== null) await endPostmaster(running, data);
    await rm(options.persistent ? ownerFile : folder, { recursive: true, force: true });
  };
  let stopping: Promise<void> | undefined;
  return { port, url, stop: () => (stopping ??= stop()) };
}

/** Ends the server of a folder whose starter is gone. False while that process still lives. */
export async function endOrphanedPostgres(folder: string): Promise<boolean> {
  const owner = await readPid(join(folder, 'owner.pid'));
  if (owner === null || isAlive(owner)) return false;
  const running = await runningPostmaster(join(folder, 'data'));
  if (running !== null) await endPostmaster(running, join(folder, 'data'));
  return true;
}

async function endOrphan(data: string, ownerFile: string): Promise<void> {
  const running = await runningPostmaster(data);
  if (running === null) return;
  const owner = await readPid(ownerFile);
  if (owner !== null && owner !== process.pid && isAlive(owner)) {
    throw new Error(`Process ${owner} already runs a PostgreSQL on ${data}.`);
  }
  await endPostmaster(running, data);
}

async function passwordOf(folder: string): Promise<string> {
  const file = join(folder, 'password');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const password = randomBytes(24).toString('hex');
    await writeFile(file, `${password}\n`, { mode: 0o600, flag: 'wx' });
    return password;
  }
}

async function initialise(
  folder: string,
  data: string,
  password: string,
  user: ServerUser | null,
  persistent: boolean,
): Promise<void> {
  const done = await access(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (done) return;
  // What an interrupted attempt left has no PG_VERSION, and initdb wants an empty folder.
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const passwordFile = join(folder, 'initdb-password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user !== null) {
    await chown(data, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const flags = [
    `--pgdata=${data}`,
    `--pwfile=${passwordFile}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Sorts by code point whatever locales the machine has.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(persistent ? [] : ['--no-sync']),
  ];
  await run(serverBinaries().initdb, flags, { ...user, env: environment, cwd: data });
  await rm(passwordFile);
}

function serverArguments(data: string, port: number, options: EmbeddedOptions): string[] {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    `max_connections=${options.maxConnections ?? 100}`,
    ...(options.persistent ? [] : ['fsync=off', 'full_page_writes=off']),
  ];
  return ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
}

function launch(folder: string, args: string[], user: ServerUser | null): ChildProcess {
  const log = openSync(join(folder, 'postgres.log'), 'a', 0o600);
  const server = spawn(serverBinaries().postgres, args, {
    ...user,
    env: environment,
    cwd: join(folder, 'data'),
    // A group of its own: Ctrl-C in a terminal must not end the database before its clients.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return server;
}

async function untilReady(server: ChildProcess, url: string, logFile: string): Promise<void> {
  let failure: Error | undefined;
  server.once('error', (error) => (failure = error));
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      if (failure !== undefined) throw failure;
      if (server.exitCode !== null || server.signalCode !== null || Date.now() > deadline) {
        const log = (await readFile(logFile, 'utf8')).slice(-2000);
        throw new Error(`PostgreSQL did not start. The end of its log:\n${log}`, { cause });
      }
      await sleep(25);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
