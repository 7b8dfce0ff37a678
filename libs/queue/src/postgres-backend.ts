import { createPostgresBackend, runMigrations, withBackend, type PgPool } from 'bullmq';
import pg from 'pg';
import type { QueueBackend } from './backend.js';

const { Queue, Worker } = withBackend(createPostgresBackend);
const queryConnections = 6;

/**
 * Opens BullMQ's schema `bullmq` in a database, and brings it up to date first: connecting alone
 * does not migrate. Many may start at once.
 *
 * @param workers  workers that will be opened; each keeps one connection for LISTEN
 * @param onError  told of connections that broke; the pool replaces them by itself
 */
export async function openPostgresBackend(
  databaseUrl: string,
  workers: number,
  onError: (error: Error) => void,
): Promise<QueueBackend> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: workers + queryConnections,
    options: '-c search_path=bullmq,public',
    application_name: 'fairlead-queue',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    // A network that swallows packets answers nothing at all; without this a poll would hang for good.
    query_timeout: 30_000,
  });
  // Every queue and worker adds a listener of its own to the shared pool.
  pool.setMaxListeners(0);
  pool.on('error', onError);
  // The pool listens to idle clients only. One that breaks between two statements of BullMQ's would
  // otherwise end this process.
  pool.on('connect', (client) => client.on('error', onError));
  await migrate(pool);

  // A pool is what BullMQ documents here; its own description of one is narrower than that of pg.
  const connection = pool as unknown as PgPool;
  return {
    queue: (name) => new Queue(name, { connection }),
    worker: (name, process, options) => new Worker(name, process, { ...options, connection }),
    close: () => pool.end(),
  };
}

async function migrate(pool: pg.Pool): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw error;
  }
}
