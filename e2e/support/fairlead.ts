import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@fairlead/store';
import { until } from './administrator.js';

const root = join(import.meta.dirname, '../..');

/** Loopback and the private ranges, which the operator of this test allows and a default would not. */
const allowedAddresses = '127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16';

export interface Installation {
  readonly http: string;
  readonly grpc: string;
  readonly adminKey: string;
  readonly databaseUrl: string;
  startWorker(env?: Record<string, string>): RunningWorker;
  /** Ends Postgres as a crash would and starts it again on the same data. */
  restartPostgres(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningWorker {
  readonly child: ChildProcess;
  /** Resolves with the signal or exit code once it is gone. */
  readonly gone: Promise<string>;
  stop(): Promise<void>;
}

/** A whole Fairlead on this machine: real Postgres, the built gateway and workers as processes. */
export async function startInstallation(): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-e2e-'));
  // The server runs as a user of its own, which must be able to walk through the folder.
  await chmod(folder, 0o755);
  const databasePort = await freePort();
  const startDatabase = () =>
    startEmbeddedPostgres({
      folder: join(folder, 'postgres'),
      port: databasePort,
      persistent: true,
    });
  let postgres = await startDatabase();
  const databaseUrl = postgres.url('fairlead');
  const [httpPort, grpcPort] = [await freePort(), await freePort()];
  const adminKey = `flk_e2e_${randomBytes(32).toString('hex')}`;
  const common = {
    FAIRLEAD_DATABASE_URL: databaseUrl,
    FAIRLEAD_SECRET_KEY: randomBytes(32).toString('base64'),
    FAIRLEAD_LOG_LEVEL: process.env['FAIRLEAD_E2E_LOG'] ?? 'warn',
    FAIRLEAD_ALLOWED_ADDRESSES: allowedAddresses,
  };
  const workers: RunningWorker[] = [];

  const gateway = startProcess('apps/gateway/dist/main.js', {
    ...common,
    FAIRLEAD_HTTP_PORT: String(httpPort),
    FAIRLEAD_GRPC_PORT: String(grpcPort),
    FAIRLEAD_LISTEN_ADDRESS: '127.0.0.1',
    FAIRLEAD_MIGRATIONS: join(root, 'prisma/migrations'),
    FAIRLEAD_ADMIN_KEY: adminKey,
  });
  const http = `http://127.0.0.1:${httpPort}`;
  await until(async () => (await fetch(`${http}/readyz`).catch(() => null))?.ok === true, 60);

  return {
    http,
    grpc: `127.0.0.1:${grpcPort}`,
    adminKey,
    databaseUrl,
    startWorker: (env = {}) => {
      const worker = startProcess('apps/worker/dist/main.js', {
        ...common,
        FAIRLEAD_HEALTH_PORT: '0',
        FAIRLEAD_LEASE_SECONDS: '5',
        FAIRLEAD_SWEEP_SECONDS: '1',
        ...env,
      });
      workers.push(worker);
      return worker;
    },
    restartPostgres: async () => {
      await postgres.stop();
      postgres = await startDatabase();
    },
    stop: async () => {
      for (const worker of workers) await worker.stop();
      await gateway.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function startProcess(script: string, env: Record<string, string>): RunningWorker {
  const child = spawn(process.execPath, [join(root, script)], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const gone = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? String(code)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await gone;
    clearTimeout(killer);
  };
  return { child, gone, stop };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
