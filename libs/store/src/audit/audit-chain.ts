import { InvalidRequest, type JsonObject } from '@fairlead/core';
import type pg from 'pg';
import type { AuditRow, AuditVerification, Store } from '../api.js';
import { allowSlowTransaction, type Database } from '../database/database.js';
import { toDomainError } from '../database/database-errors.js';
import type { StoredEvent } from './canonical-bytes.js';
import { chainStart, checkEvent, checkHead, type BadRow, type ChainPlace } from './chain-check.js';
import { readChain } from './read-chain.js';

export function auditChainOn(database: Database): Store['auditChain'] {
  return {
    verify: ({ fromSeq = 1, signal }) =>
      database.withConnection((client) =>
        inSnapshot(client, () => verify(client, fromSeq, signal)),
      ),

    stream: ({ fromSeq = 1, signal }) => streamRows(database, fromSeq, signal),
  };
}

async function verify(
  client: pg.ClientBase,
  fromSeq: number,
  signal: AbortSignal | undefined,
): Promise<AuditVerification> {
  const head = await readHead(client);
  const start = await placeBefore(client, fromSeq);
  let rows = 0;
  let last = start;
  let firstBad: BadRow | null = null;

  reading: for await (const batch of readChain(client, BigInt(start.seq), signal)) {
    for (const event of batch) {
      firstBad = checkEvent(last, event);
      if (firstBad !== null) break reading;
      rows += 1;
      last = { seq: last.seq + 1, hash: event.hash };
    }
  }
  firstBad ??= checkHead(last, head);
  return { rows, headSeq: head.seq, headHash: head.hash.toString('hex'), firstBad };
}

/** The hash before a later start is taken as it stands: only a check from 1 proves the whole chain. */
async function placeBefore(client: pg.ClientBase, fromSeq: number): Promise<ChainPlace> {
  if (fromSeq <= 1) return chainStart;
  const { rows } = await client.query<{ hash: Buffer }>(
    'SELECT hash FROM audit_events WHERE seq = $1',
    [fromSeq - 1],
  );
  const [row] = rows;
  if (row === undefined) {
    throw new InvalidRequest(
      'audit-seq-unknown',
      `There is no audit event ${fromSeq - 1} to go on from.`,
    );
  }
  return { seq: fromSeq - 1, hash: row.hash };
}

async function readHead(client: pg.ClientBase): Promise<ChainPlace> {
  const { rows } = await client.query<{ seq: string; hash: Buffer }>(
    'SELECT seq, hash FROM audit_chain',
  );
  const [head] = rows;
  // Without a head nothing can be vouched for: no event fits an impossible place.
  return head === undefined
    ? { seq: -1, hash: Buffer.alloc(0) }
    : { seq: Number(head.seq), hash: head.hash };
}

async function* streamRows(
  database: Database,
  fromSeq: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<AuditRow> {
  const { client, release } = await database.borrow();
  // Also when the reader leaves in the middle: the transaction is open then.
  let unfinished: Error | undefined = new Error('The stream was not read to its end.');
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query(allowSlowTransaction);
    for await (const batch of readChain(client, BigInt(fromSeq - 1), signal)) {
      for (const event of batch) yield toAuditRow(event);
    }
    await client.query('COMMIT');
    unfinished = undefined;
  } catch (error) {
    throw toDomainError(error);
  } finally {
    release(unfinished);
  }
}

async function inSnapshot<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const result = await work();
  await client.query('COMMIT');
  return result;
}

function toAuditRow({ columns, prevHash, hash }: StoredEvent): AuditRow {
  const text = (place: number) => columns[place] ?? '';
  return {
    schemaVersion: Number(text(0)),
    seq: Number(text(1)),
    at: new Date(Number(text(2)) / 1000),
    type: text(3),
    actorKind: text(4),
    actorId: text(5),
    actorName: text(6),
    actorRole: text(7),
    subjectKind: text(8),
    subjectId: text(9),
    clusterId: columns[10] ?? null,
    jobId: columns[11] ?? null,
    data: JSON.parse(text(12)) as JsonObject,
    prevHash: prevHash.toString('hex'),
    hash: hash.toString('hex'),
  };
}
