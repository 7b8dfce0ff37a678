import { AsyncLocalStorage } from 'node:async_hooks';
import { PrismaPg } from '@prisma/adapter-pg';
import { DatabaseUnavailable } from '@fairlead/core';
import type pg from 'pg';
import { sqlOn, type Sql, type TextSql } from './sql.js';

/** SQL on the connection of one of Prisma's transactions: the same transaction, at a fraction of the cost. */
export interface SharedTransaction {
  readonly sql: Sql;
  /** The last statement, with COMMIT right behind it: the locks that it takes wait for the disk alone. */
  readonly last: TextSql;
}

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
type Transaction = Awaited<ReturnType<Adapter['startTransaction']>>;

interface Opening {
  shared?: SharedTransaction;
}

/**
 * Prisma's adapter, which also lets our own SQL into a transaction. Prisma tells nobody which
 * connection it took, so whoever asks for a transaction is followed down to where it is opened.
 */
export class SharingPrismaPg extends PrismaPg {
  readonly #openings = new AsyncLocalStorage<Opening>();

  override async connect(): Promise<Adapter> {
    const adapter = await super.connect();
    const start = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolationLevel) => {
      const { transaction, shared } = share(await start(isolationLevel));
      const opening = this.#openings.getStore();
      if (opening !== undefined) opening.shared = shared;
      return transaction;
    };
    return adapter;
  }

  /** Runs `open`, which opens a transaction and then asks for what it shares. */
  follow<T>(open: (shared: () => SharedTransaction) => Promise<T>): Promise<T> {
    const opening: Opening = {};
    const shared = () => {
      if (opening.shared === undefined) throw new TypeError('No transaction was opened');
      return opening.shared;
    };
    return this.#openings.run(opening, () => open(shared));
  }
}

function share(transaction: Transaction) {
  // Not in its type: `shared-transactions.int.spec.ts` notices when it goes.
  const { client } = transaction as unknown as { readonly client: pg.PoolClient };
  const run = sqlOn(client);
  let ended = false;

  const demandOpen = () => {
    // Prisma ends a transaction that took too long, and the connection may be somebody else's by now.
    if (ended) throw new DatabaseUnavailable('The transaction has ended already.');
  };
  const sql: Sql = async (parts, ...values) => {
    demandOpen();
    return await run(parts, ...values);
  };
  const last: TextSql = async (parts, ...values) => {
    demandOpen();
    ended = true;
    const { stream } = client.connection;
    stream.cork();
    const sent = [run<never>(parts, ...values), client.query('COMMIT')] as const;
    stream.uncork();
    // After a statement that the database refused, COMMIT rolls back.
    const [rows, committed] = await Promise.allSettled(sent);
    if (rows.status === 'rejected') throw rows.reason;
    if (committed.status === 'rejected') throw committed.reason;
    return rows.value;
  };
  const end = async (statement: 'COMMIT' | 'ROLLBACK', giveBack: () => Promise<void>) => {
    const already = ended;
    ended = true;
    try {
      if (!already) await transaction.executeRaw({ sql: statement, args: [], argTypes: [] });
    } finally {
      await giveBack();
    }
  };
  const [commit, rollback] = [
    transaction.commit.bind(transaction),
    transaction.rollback.bind(transaction),
  ];
  const sharing = Object.assign(transaction, {
    // So Prisma leaves it to the two below to say COMMIT or ROLLBACK.
    options: { usePhantomQuery: true },
    commit: () => end('COMMIT', commit),
    rollback: () => end('ROLLBACK', rollback),
  });
  return { transaction: sharing, shared: { sql, last } };
}
