import type pg from 'pg';
import { hashedColumns, type StoredEvent } from './canonical-bytes.js';

const batchRows = 5000;

/** As text and bytes: parsing would cost more than hashing, and the hash wants the text. */
const columns = hashedColumns.map((name) => `event.${name}::text`).join(', ');
// Unqualified, `ORDER BY seq` would mean the text that is selected under that name.
const query = `SELECT ${columns}, event.prev_hash, event.hash FROM audit_events AS event
  WHERE event.seq > $1 ORDER BY event.seq LIMIT $2`;

type Row = [...(string | null)[], Buffer, Buffer];

/** Batches by keyset; the next is under way while the caller works on one. */
export async function* readChain(
  client: pg.ClientBase,
  afterSeq: bigint,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly StoredEvent[]> {
  let next = readBatch(client, afterSeq);
  for (;;) {
    const batch = await next;
    signal?.throwIfAborted();
    const last = batch.at(-1)?.columns[1];
    if (last === undefined || last === null) return;
    next = readBatch(client, BigInt(last));
    // Whoever stops in the middle leaves it to us to see how that read ended.
    next.catch(() => {});
    yield batch;
  }
}

async function readBatch(client: pg.ClientBase, afterSeq: bigint): Promise<readonly StoredEvent[]> {
  const { rows } = await client.query<Row>({
    name: 'audit-read-chain',
    rowMode: 'array',
    text: query,
    values: [afterSeq.toString(), batchRows],
  });
  return rows.map((row) => {
    const hash = row.pop() as Buffer;
    const prevHash = row.pop() as Buffer;
    return { columns: row as (string | null)[], prevHash, hash };
  });
}
