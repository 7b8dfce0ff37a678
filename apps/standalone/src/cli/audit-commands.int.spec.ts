import { join } from 'node:path';
import pg from 'pg';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { loadSecretKey, openStore } from '@fairlead/store';
import { freshDatabase } from '@fairlead/testkit';
import { foldersIn } from '../folders.js';
import { exportAudit, verifyAudit } from './audit-commands.js';

const actor = { kind: 'system', id: 'spec', name: 'Spec', role: 'admin' } as const;
let databaseUrl: string;
const source = () => ({ databaseUrl, folders: foldersIn('/nonexistent'), databasePort: 1 });

beforeEach(async () => {
  const database = await freshDatabase();
  databaseUrl = database.url;
  const store = await openStore({
    databaseUrl,
    secretKey: await loadSecretKey({ base64: Buffer.alloc(32, 7).toString('base64') }),
    applicationName: 'spec',
    poolSize: 2,
  });
  for (const id of ['a', 'b', 'c']) {
    await store.command({ actor }, (tx) => {
      tx.audit({ type: 'spec.happened', actor, subject: { kind: 'installation', id }, data: {} });
      return Promise.resolve({});
    });
  }
  await store.close();
});

async function sql(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  onTestFinished(() => client.end());
  for (const statement of statements) await client.query(statement);
}

describe('fairlead audit verify', () => {
  it('ends with 0 for an intact chain, whatever key sealed the secrets', async () => {
    const said: string[] = [];

    expect(await verifyAudit(source(), (text) => said.push(text))).toBe(0);

    expect(said.join()).toMatch(/^intact: 3 events, head 3 [0-9a-f]{64}$/);
  });

  it('ends with 2 and names the first bad event once somebody has changed one', async () => {
    await sql(
      'ALTER TABLE audit_events DISABLE TRIGGER USER',
      `UPDATE audit_events SET type = 'spec.invented' WHERE seq = 2`,
    );
    const said: string[] = [];

    expect(await verifyAudit(source(), (text) => said.push(text))).toBe(2);

    expect(said.join()).toMatch(/^BROKEN at event 2: /);
  });

  it('fails, instead of calling it intact, where there is no database', async () => {
    databaseUrl = 'postgresql://postgres@127.0.0.1:1/none';

    await expect(verifyAudit(source(), () => undefined)).rejects.toThrow();
    await expect(
      verifyAudit({ ...source(), databaseUrl: undefined }, () => undefined),
    ).rejects.toThrow(join('/nonexistent', 'postgres'));
  });
});

describe('fairlead audit export', () => {
  it('writes every event as one line, in order', async () => {
    let text = '';

    const code = await exportAudit(source(), (line) => {
      text += line;
      return Promise.resolve();
    });

    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { seq: number; subjectId: string });
    expect([code, rows.map(({ seq, subjectId }) => [seq, subjectId])]).toEqual([
      0,
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ],
    ]);
  });
});
