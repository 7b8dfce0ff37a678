import fc from 'fast-check';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { canonicalJson, type AuditDraft, type JsonObject } from '@fairlead/core';
import { newId } from '../ids.js';
import { deployMigrations } from '../migrations/deploy-migrations.js';
import { openStore } from '../open-store.js';
import {
  aCluster,
  admin,
  aJob,
  freshStore,
  testKey,
  type FreshStore,
} from '../testing/fresh-store.js';
import { migrationsFolder } from '../testing/own-postgres.js';
import { eventHash, hashedColumns } from './canonical-bytes.js';

const anEvent = (data: JsonObject, overrides: Partial<AuditDraft> = {}): AuditDraft => ({
  type: 'test.happened',
  actor: admin,
  subject: { kind: 'job', id: 'job-1' },
  clusterId: 'cluster-1',
  jobId: 'job-1',
  data,
  ...overrides,
});

async function append(
  fresh: Pick<FreshStore, 'store'>,
  events: readonly AuditDraft[],
): Promise<void> {
  await fresh.store.command({ actor: admin }, (tx) => {
    for (const event of events) tx.audit(event);
    return Promise.resolve({});
  });
}

const rows = 9;

describe('verify', () => {
  let fresh: FreshStore;
  beforeEach(async () => {
    fresh = await freshStore({ poolSize: 3 });
    for (let index = 0; index < rows; index += 1) await append(fresh, [anEvent({ index })]);
  });
  afterEach(() => fresh.end());

  /** As somebody would who owns the database and takes the triggers off. */
  async function tamper(...statements: string[]): Promise<void> {
    const off = ['audit_events', 'audit_chain'].map(
      (table) => `ALTER TABLE ${table} DISABLE TRIGGER USER`,
    );
    await fresh.sql([...off, ...statements].join(';'));
  }

  it('finds an untouched chain good, from its start and from anywhere', async () => {
    const whole = await fresh.store.auditChain.verify({});
    const tail = await fresh.store.auditChain.verify({ fromSeq: 5 });

    expect(whole).toMatchObject({ rows, headSeq: rows, firstBad: null });
    expect(tail).toMatchObject({ rows: rows - 4, firstBad: null });
  });

  const changed: readonly [column: string, value: string][] = [
    ['schema_version', '2'],
    ['at_micros', 'at_micros + 1000'],
    ['type', `'test.forged'`],
    ['actor_kind', `'system'`],
    ['actor_id', `'key-2'`],
    ['actor_name', `'Eve'`],
    ['actor_role', `'viewer'`],
    ['subject_kind', `'cluster'`],
    ['subject_id', `'job-2'`],
    ['cluster_id', 'NULL'],
    ['job_id', `''`],
    ['data', `'{"index":99}'`],
  ];

  it('has a case for every column that is hashed', () => {
    expect([...changed.map(([column]) => column), 'seq'].toSorted()).toEqual(
      [...hashedColumns].toSorted(),
    );
  });

  it.each(changed)('names the row whose %s was changed', async (column, value) => {
    await tamper(`UPDATE audit_events SET ${column} = ${value} WHERE seq = 4`);

    const { firstBad } = await fresh.store.auditChain.verify({});

    expect(firstBad).toEqual({ seq: 4, reason: 'hash-mismatch' });
  });

  it.each([
    ['the first row deleted', ['DELETE FROM audit_events WHERE seq = 1'], 1, 'gap'],
    ['a row in the middle deleted', ['DELETE FROM audit_events WHERE seq = 5'], 5, 'gap'],
    [
      'the last row deleted',
      [`DELETE FROM audit_events WHERE seq = ${rows}`],
      rows,
      'head-mismatch',
    ],
    ['the tail cut off', ['DELETE FROM audit_events WHERE seq > 6'], 7, 'head-mismatch'],
    ['everything truncated', ['TRUNCATE audit_events'], 1, 'head-mismatch'],
    ['a seq changed', ['UPDATE audit_events SET seq = 40 WHERE seq = 4'], 4, 'gap'],
    [
      'a hash changed',
      [`UPDATE audit_events SET hash = sha256('x') WHERE seq = 4`],
      4,
      'hash-mismatch',
    ],
    [
      'a previous hash changed',
      [`UPDATE audit_events SET prev_hash = sha256('x') WHERE seq = 4`],
      4,
      'prev-mismatch',
    ],
    [
      'two rows swapped',
      [
        'UPDATE audit_events SET seq = 100 WHERE seq = 3',
        'UPDATE audit_events SET seq = 3 WHERE seq = 6',
        'UPDATE audit_events SET seq = 6 WHERE seq = 100',
      ],
      3,
      'prev-mismatch',
    ],
    [
      'a row put in, the later ones moved up',
      [
        'UPDATE audit_events SET seq = -seq - 1 WHERE seq >= 4',
        'UPDATE audit_events SET seq = -seq WHERE seq < 0',
        `INSERT INTO audit_events SELECT 4, schema_version, at_micros, type, actor_kind, actor_id, actor_name,
           actor_role, subject_kind, subject_id, cluster_id, job_id, data, prev_hash, hash
         FROM audit_events WHERE seq = 3`,
      ],
      4,
      'prev-mismatch',
    ],
    [
      'a row put in at the end',
      [
        `INSERT INTO audit_events SELECT ${rows + 1}, schema_version, at_micros, type, actor_kind, actor_id,
           actor_name, actor_role, subject_kind, subject_id, cluster_id, job_id, data, hash, hash
         FROM audit_events WHERE seq = ${rows}`,
      ],
      rows + 1,
      'hash-mismatch',
    ],
    ['the head moved back', ['UPDATE audit_chain SET seq = 5'], 6, 'head-mismatch'],
    [
      "the head's hash changed",
      [`UPDATE audit_chain SET hash = sha256('x')`],
      rows,
      'head-mismatch',
    ],
    ['the head removed', ['DELETE FROM audit_chain'], 0, 'head-mismatch'],
  ])('finds %s', async (_what, statements, seq, reason) => {
    await tamper(...statements);

    const { firstBad } = await fresh.store.auditChain.verify({});

    expect(firstBad).toEqual({ seq, reason });
  });

  it('finds a change whose own hash was computed anew, at the next row', async () => {
    const [prev] = await fresh.sql<{ prev_hash: Buffer }>(
      'SELECT prev_hash FROM audit_events WHERE seq = 4',
    );
    const columns = hashedColumns.map((name) => `${name}::text AS ${name}`).join(', ');
    const [row] = await fresh.sql<Record<string, string | null>>(
      `SELECT ${columns} FROM audit_events WHERE seq = 4`,
    );
    const forged = { ...row, actor_name: 'Eve' } as Record<string, string | null>;
    const hash = eventHash(
      prev?.prev_hash ?? Buffer.alloc(0),
      hashedColumns.map((name) => forged[name] ?? null),
    );
    await tamper(
      `UPDATE audit_events SET actor_name = 'Eve', hash = '\\x${hash.toString('hex')}' WHERE seq = 4`,
    );

    const { firstBad } = await fresh.store.auditChain.verify({});

    expect(firstBad).toEqual({ seq: 5, reason: 'prev-mismatch' });
  });
});

describe('the database', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore();
    await append(fresh, [anEvent({})]);
  });
  afterAll(() => fresh.end());

  it.each([
    `UPDATE audit_events SET actor_name = 'Eve'`,
    'DELETE FROM audit_events',
    'TRUNCATE audit_events',
    'TRUNCATE audit_events CASCADE',
    'UPDATE audit_chain SET seq = 0',
    `UPDATE audit_chain SET hash = sha256('x')`,
    'DELETE FROM audit_chain',
    'TRUNCATE audit_chain',
    'SET session_replication_role = replica; DELETE FROM audit_events',
  ])('refuses %s, even to its owner', async (statement) => {
    await expect(fresh.sql(statement)).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a role of its own for the apps', () => {
  it('may add to the chain and read it, and has no way to change it', async () => {
    const { adminUrl } = inject('postgres');
    const fresh = await freshStore();
    const name = `role_${newId().replaceAll('-', '')}`;
    await fresh.sql(`CREATE ROLE fairlead_app LOGIN PASSWORD 'app'`);
    const owned = adminUrl.replace(/\/postgres$/, `/${name}`);
    const url = owned.replace(/\/\/postgres:[^@]+@/, '//fairlead_app:app@');
    await deployMigrations(owned, migrationsFolder);
    const store = await openStore({
      databaseUrl: url,
      secretKey: testKey,
      applicationName: 'app',
      poolSize: 2,
    });
    const app = new pg.Client({ connectionString: url });
    await app.connect();

    await aJob(store, await aCluster(store));
    await append({ store }, [anEvent({})]);

    expect(await store.auditChain.verify({})).toMatchObject({ rows: 1, firstBad: null });
    for (const statement of [
      'UPDATE audit_events SET seq = 2',
      'DELETE FROM audit_events',
      'TRUNCATE audit_events',
      'INSERT INTO audit_events SELECT * FROM audit_events',
      'UPDATE audit_chain SET seq = 7',
      'ALTER TABLE audit_events DISABLE TRIGGER USER',
      'DROP TABLE audit_events',
      'SET session_replication_role = replica',
      'CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE sql AS $$ SELECT $$',
    ]) {
      await expect(app.query(statement), statement).rejects.toMatchObject({ code: '42501' });
    }
    await app.end();
    await store.close();
    await fresh.end();
  });
});

describe('append', () => {
  let fresh: FreshStore;
  beforeAll(async () => {
    fresh = await freshStore({ poolSize: 16 });
  });
  afterAll(() => fresh.end());

  const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\u0000'));
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(1e21, -0, 0.1, 1e-7),
  );
  const json = fc.dictionary(
    fc.string({ unit: 'binary' }),
    fc.oneof(number, fc.string({ unit: 'binary' }), fc.boolean()),
  );

  it('hashes in the database what Node hashes, whatever the texts, numbers and order of keys', async () => {
    const draft = fc.record({
      name: text,
      id: text,
      type: text,
      data: json,
      jobId: fc.option(text),
    });

    await fc.assert(
      fc.asyncProperty(fc.array(draft, { minLength: 1, maxLength: 5 }), async (drafts) => {
        const events = drafts.map(({ name, id, type, data, jobId }) => {
          const { jobId: _jobId, ...base } = anEvent(data, {
            type,
            actor: { ...admin, name },
            subject: { kind: 'job', id },
          });
          return jobId === null ? base : { ...base, jobId };
        });
        const { seq } = await fresh.store.read((tx) => tx.auditEvents.head());

        await append(fresh, events);

        const { firstBad } = await fresh.store.auditChain.verify({ fromSeq: seq + 1 });
        expect(firstBad).toBeNull();
        const stored = await fresh.store.read((tx) => tx.auditEvents.after(seq, 100, {}));
        expect(stored.map(({ data }) => canonicalJson(data))).toEqual(
          drafts.map(({ data }) => canonicalJson(data)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('leaves no gap and no fork among 64 writers of which some fail', async () => {
    const before = await fresh.store.read((tx) => tx.auditEvents.head());

    const writers = Array.from({ length: 64 }, (_, writer) =>
      fresh.store
        .command({ actor: admin }, async (tx) => {
          for (let index = 0; index < 1 + (writer % 3); index += 1)
            tx.audit(anEvent({ writer, index }));
          await tx.apiKeys.count();
          if (writer % 8 === 0) throw new Error('given up');
          return {};
        })
        .catch((error: Error) => expect(error.message).toBe('given up')),
    );
    await Promise.all(writers);

    const verified = await fresh.store.auditChain.verify({});
    expect(verified.firstBad).toBeNull();
    const kept = Array.from({ length: 64 }, (_, writer) =>
      writer % 8 === 0 ? 0 : 1 + (writer % 3),
    );
    expect(verified.headSeq - before.seq).toBe(kept.reduce((sum, count) => sum + count, 0));
  });

  it('numbers events in the order of commits, so that a cursor never misses one', async () => {
    const { seq: start } = await fresh.store.read((tx) => tx.auditEvents.head());
    const seen: number[] = [];
    let writing = true;
    const reader = (async () => {
      let cursor = start;
      while (writing || cursor < (await fresh.store.read((tx) => tx.auditEvents.head())).seq) {
        const found = await fresh.store.read((tx) => tx.auditEvents.after(cursor, 50, {}));
        seen.push(...found.map(({ seq }) => seq));
        cursor = found.at(-1)?.seq ?? cursor;
      }
    })();

    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let index = 0; index < 20; index += 1)
          await append(fresh, [anEvent({ writer, index })]);
      }),
    );
    writing = false;
    await reader;

    expect(seen).toEqual(Array.from({ length: 160 }, (_, index) => start + 1 + index));
  });

  it('streams every row as it is, for an export that can be verified elsewhere', async () => {
    const { seq: start } = await fresh.store.read((tx) => tx.auditEvents.head());
    await append(fresh, [anEvent({ b: 'Ü', a: [1e21, 0.1] }), anEvent({})]);

    const exported = await Array.fromAsync(fresh.store.auditChain.stream({ fromSeq: start + 1 }));

    expect(exported).toEqual(await fresh.store.read((tx) => tx.auditEvents.after(start, 10, {})));
    for (const row of exported) {
      const again = eventHash(Buffer.from(row.prevHash, 'hex'), [
        String(row.schemaVersion),
        String(row.seq),
        String(row.at.getTime() * 1000),
        row.type,
        row.actorKind,
        row.actorId,
        row.actorName,
        row.actorRole,
        row.subjectKind,
        row.subjectId,
        row.clusterId,
        row.jobId,
        canonicalJson(row.data),
      ]);
      expect(again.toString('hex')).toBe(row.hash);
    }
  });

  it("gives a reader's connection back when it leaves in the middle", async () => {
    const narrow = await fresh.another({ poolSize: 1 });

    for await (const row of narrow.auditChain.stream({})) {
      expect(row.seq).toBe(1);
      break;
    }

    await narrow.ping();
  });
});
