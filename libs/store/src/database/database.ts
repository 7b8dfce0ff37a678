import pg from 'pg';
import { PrismaClient, type Prisma } from '../generated/client.js';
import { toDomainError } from './database-errors.js';
import { SharingPrismaPg, type SharedTransaction } from './shared-transactions.js';

/** Prisma inside one transaction. */
export type Db = Prisma.TransactionClient;

export interface DatabaseOptions {
  readonly databaseUrl: string;
  readonly applicationName: string;
  /** Connections that this process holds at most, without the one that listens. */
  readonly poolSize: number;
  /** Told of connections that broke while nobody used them; the pool replaces them. */
  readonly onBackgroundError?: (error: Error) => void;
}

/** For transactions whose pace somebody else decides: a delivery to the queue, a reader of an export. */
export const allowSlowTransaction = `SET LOCAL idle_in_transaction_session_timeout = '10min'`;

export interface Borrowed {
  readonly client: pg.PoolClient;
  readonly release: (failed?: Error) => void;
}

export interface Database {
  /** One statement, outside any transaction. */
  query<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** READ COMMITTED. Rolls back when `work` throws. Throws only DomainErrors, or what `work` threw. */
  transaction<T>(work: (db: Db, shared: SharedTransaction) => Promise<T>): Promise<T>;
  /** One snapshot, no writes. */
  snapshot<T>(work: (db: Db, shared: SharedTransaction) => Promise<T>): Promise<T>;
  /** A connection for what Prisma cannot say. With an error it is closed rather than used again. */
  borrow(): Promise<Borrowed>;
  /** The same, given back when `work` ends. */
  withConnection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const limits = { maxWait: 15_000, timeout: 60_000 };

export function openDatabase(options: DatabaseOptions): Database {
  const ignore = () => {};
  const onError = options.onBackgroundError ?? ignore;
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: options.applicationName,
    max: options.poolSize,
    connectionTimeoutMillis: 15_000,
    keepAlive: true,
    // A last statement and its COMMIT go out together, see shared-transactions.ts.
    pipeline: true,
    // The adapter reads and writes timestamps as if the session's zone were UTC. And a process that
    // hangs between two statements must not keep its locks, the chain's head among them, for ever.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=60s',
  });
  // Without a listener, a server that restarts would end this process.
  pool.on('error', onError);
  const adapter = new SharingPrismaPg(pool, {
    onConnectionError: onError,
    statementNameGenerator: statementNames(),
  });
  const prisma = new PrismaClient({ adapter });

  async function transaction<T>(
    work: (db: Db, shared: SharedTransaction) => Promise<T>,
  ): Promise<T> {
    try {
      return await adapter.follow((shared) =>
        prisma.$transaction((db) => work(db, shared()), limits),
      );
    } catch (error) {
      throw toDomainError(error);
    }
  }

  return {
    async query(work) {
      try {
        return await work(prisma);
      } catch (error) {
        throw toDomainError(error);
      }
    },
    transaction,
    snapshot: (work) =>
      transaction(async (db, shared) => {
        await db.$executeRaw`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`;
        return await work(db, shared);
      }),
    borrow: () => borrow(pool),
    async withConnection(work) {
      const { client, release } = await borrow(pool);
      let failed: Error | undefined;
      try {
        return await work(client);
      } catch (error) {
        failed = error instanceof Error ? error : new Error(String(error));
        throw toDomainError(error);
      } finally {
        release(failed);
      }
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/** A connection whose work failed may hold an open transaction, so it is closed, not reused. */
async function borrow(pool: pg.Pool): Promise<Borrowed> {
  let broken: Error | undefined;
  const note = (error: Error) => (broken = error);
  try {
    const client = await pool.connect();
    client.on('error', note);
    const release = (failed?: Error) => {
      client.off('error', note);
      client.release(failed ?? broken);
    };
    return { client, release };
  } catch (error) {
    throw toDomainError(error);
  }
}

/**
 * Prepared once per connection, since the same few statements run all the time. The count is bounded,
 * since lists of values make a statement for every length; the rest goes unnamed.
 */
function statementNames(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= 300) return '';
    const name = `fairlead_${names.size}`;
    names.set(sql, name);
    return name;
  };
}
