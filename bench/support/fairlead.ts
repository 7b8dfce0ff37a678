import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployMigrations, startEmbeddedPostgres } from '@fairlead/store';
import { freePort, root, startProgram, untilAnswers, type Program } from './programs.ts';

export const secretKey = randomBytes(32);

export interface BenchDatabase {
  readonly url: string;
  readonly folder: string;
  stop(): Promise<void>;
}

/** A real Postgres that flushes its commits to the disk, with Fairlead's tables. */
export async function startDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  // The server runs as a user of its own, which must be able to walk through the folder.
  await chmod(folder, 0o755);
  const server = await startEmbeddedPostgres({
    folder: join(folder, 'postgres'),
    port: 0,
    persistent: true,
  });
  const url = server.url('fairlead');
  await deployMigrations(url, join(root, 'prisma/migrations'));
  return {
    url,
    folder,
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface BenchGateway extends Program {
  readonly url: string;
  /** Calls an operation as admin; throws unless it succeeds. */
  call(method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export async function startGateway(databaseUrl: string): Promise<BenchGateway> {
  const port = await freePort();
  const key = `flk_bench_${randomBytes(32).toString('hex')}`;
  const program = startProgram('apps/gateway/dist/main.js', {
    FAIRLEAD_DATABASE_URL: databaseUrl,
    FAIRLEAD_SECRET_KEY: secretKey.toString('base64'),
    FAIRLEAD_LOG_LEVEL: 'warn',
    FAIRLEAD_HTTP_PORT: String(port),
    FAIRLEAD_GRPC_PORT: '0',
    FAIRLEAD_ADMIN_KEY: key,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswers(`${url}/readyz`);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return {
    ...program,
    url,
    headers,
    async call(method, path, body) {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(`${url}${path}`, { method, headers, ...sent });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Record<string, unknown>;
    },
  };
}
