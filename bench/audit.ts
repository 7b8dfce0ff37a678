import { randomUUID } from 'node:crypto';
import type { Actor, AuditDraft, JsonObject } from '@fairlead/core';
import { openStore, type Store } from '@fairlead/store';
import pg from 'pg';
import { conditions } from './support/conditions.ts';
import { secretKey, startDatabase } from './support/fairlead.ts';
import { printTable } from './support/print-table.ts';
import { middle, ratios, spread } from './support/spread.ts';

const runs = 5;
const writers = 16;
const seconds = 3;
const perTransaction = 50;
const rowsToVerify = 100_000;
const actor: Actor = { kind: 'system', id: 'bench', name: 'Benchmark', role: 'operator' };
const jobId = randomUUID();
const clusterId = randomUUID();

const under = conditions('nothing');
const database = await startDatabase();
const store = await openStore({
  databaseUrl: database.url,
  secretKey,
  applicationName: 'bench',
  poolSize: writers,
});
const pool = new pg.Pool({ connectionString: database.url, max: writers });
await createBareTable();

const single = { chain: [] as number[], bare: [] as number[] };
const batch = { chain: [] as number[], bare: [] as number[] };
const read = { chain: [] as number[], bare: [] as number[] };

// Turn by turn, so that both share every mood of the machine; the first turn is not counted.
for (let run = -1; run < runs; run += 1) {
  const figures = [
    await rate(() => append(1)),
    await rate(() => insert(1)),
    await rate(() => append(perTransaction)),
    await rate(() => insert(perTransaction)),
  ] as const;
  if (run < 0) continue;
  single.chain.push(figures[0]);
  single.bare.push(figures[1]);
  batch.chain.push(figures[2] * perTransaction);
  batch.bare.push(figures[3] * perTransaction);
}

while ((await headSeq(store)) < rowsToVerify) {
  await Promise.all(Array.from({ length: writers }, () => append(perTransaction)));
}
const rows = await headSeq(store);
for (let run = -1; run < runs; run += 1) {
  const verified = await rowsPerSecond(async () => {
    const { firstBad, rows: checked } = await store.auditChain.verify({});
    if (firstBad !== null) throw new Error(`Bad row ${firstBad.seq}: ${firstBad.reason}`);
    return checked;
  });
  const selected = await rowsPerSecond(selectAll);
  if (run < 0) continue;
  read.chain.push(verified);
  read.bare.push(selected);
}

await store.close();
await pool.end();
await database.stop();

printTable({
  title: `Audit chain: ${writers} writers for ${seconds} s, ${rows} rows read; ${runs} runs each`,
  conditions: under,
  head: ['median (least–most), events/s', 'chain', 'bare', 'chain / bare', 'goal'],
  rows: [
    row('append, 1 in a transaction', single, 1_000),
    row(`append, ${perTransaction} in a transaction`, batch, 1_000),
    row('verify; bare: select', read, 100_000),
  ],
});

function row(title: string, { chain, bare }: typeof single, goal: number): string[] {
  const met = middle(chain) >= goal ? 'met' : 'missed';
  const told = `≥ ${goal.toLocaleString('en-US')}: ${met}`;
  return [title, spread(chain), spread(bare), spread(ratios(chain, bare), 2), told];
}

/** Transactions per second. */
async function rate(transaction: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let done = 0;
  await Promise.all(
    Array.from({ length: writers }, async () => {
      for (; performance.now() < end; done += 1) await transaction();
    }),
  );
  return done / ((performance.now() - start) / 1000);
}

async function rowsPerSecond(work: () => Promise<number>): Promise<number> {
  const start = performance.now();
  const count = await work();
  return count / ((performance.now() - start) / 1000);
}

async function append(count: number): Promise<void> {
  await store.command({ actor }, (tx) => {
    for (let index = 0; index < count; index += 1) tx.audit(event(index));
    return Promise.resolve({});
  });
}

/** As long as the event of a change that was written on a node. */
function event(index: number): AuditDraft {
  const data: JsonObject = {
    changeId: `node:net.core.somaxconn:${index}`,
    resumed: false,
    result: { nodes: [{ node: 'node-a', found: '4096', after: '16384' }] },
  };
  const subject = { kind: 'job', id: jobId } as const;
  return { type: 'change.applied', actor, subject, clusterId, jobId, data };
}

/** The same columns, types and indexes, without a chain, its triggers and its hash. */
async function createBareTable(): Promise<void> {
  await pool.query('CREATE TABLE bench_bare_events (LIKE audit_events INCLUDING INDEXES)');
  await pool.query('CREATE SEQUENCE bench_seq');
  await pool.query(
    `ALTER TABLE bench_bare_events ALTER COLUMN seq SET DEFAULT nextval('bench_seq')`,
  );
}

async function insert(count: number): Promise<void> {
  const client = await pool.connect();
  try {
    const { type, subject, data } = event(count);
    const text = JSON.stringify(data);
    await client.query('BEGIN');
    await client.query({
      name: 'insert',
      text: `INSERT INTO bench_bare_events (schema_version, at_micros, type, actor_kind, actor_id,
          actor_name, actor_role, subject_kind, subject_id, cluster_id, job_id, data, prev_hash, hash)
        SELECT 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, $2, $3, $4, $5, $6, $7, $8,
          $9, $10, $11, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex')
        FROM generate_series(1, $1)`,
      values: [
        ...[count, type, actor.kind, actor.id, actor.name, actor.role],
        ...[subject.kind, subject.id, clusterId, jobId, text],
      ],
    });
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

/** Every row of the chain's own table in pages, as `verify` reads them but with nothing done to them. */
async function selectAll(): Promise<number> {
  let after = '0';
  for (let count = 0; ;) {
    const { rows: page } = await pool.query<{ seq: string }>({
      name: 'select',
      text: 'SELECT * FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT 5000',
      values: [after],
    });
    count += page.length;
    const last = page.at(-1);
    if (last === undefined) return count;
    after = last.seq;
  }
}

async function headSeq({ read: reading }: Store): Promise<number> {
  return (await reading((tx) => tx.auditEvents.head())).seq;
}
