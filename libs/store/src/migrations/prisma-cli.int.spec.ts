import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { newId } from '../ids.js';
import { migrationsFolder } from '../testing/own-postgres.js';
import { deployMigrations } from './deploy-migrations.js';

const root = join(migrationsFolder, '..', '..');
const cli = join(
  dirname(createRequire(import.meta.url).resolve('prisma/package.json')),
  'build/index.js',
);

let url: string;
beforeEach(() => {
  url = inject('postgres').adminUrl.replace(/\/postgres$/, `/cli_${newId().replaceAll('-', '')}`);
});

function prisma(...args: string[]): Promise<{ code: number; output: string }> {
  const env = { ...process.env, DATABASE_URL: url, CHECKPOINT_DISABLE: '1', NO_COLOR: '1' };
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  execFile(process.execPath, [cli, ...args], { cwd: root, env }, (error, stdout, stderr) => {
    resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
  });
  return promise;
}

const diffTo = (schema: string) =>
  prisma(
    'migrate',
    'diff',
    '--from-migrations',
    migrationsFolder,
    '--to-schema',
    schema,
    '--exit-code',
  );

describe('the migrations', () => {
  it('lead to the schema, and a schema beyond them is noticed', async () => {
    await deployMigrations(url, migrationsFolder);
    const drifted = join(root, 'prisma', `drifted-${newId()}.prisma`);
    const schema = await readFile(join(root, 'prisma/schema.prisma'), 'utf8');
    await writeFile(drifted, schema.replace('model Outbox {', 'model Outbox {\n  extra Int?'));

    try {
      expect(await diffTo('prisma/schema.prisma')).toMatchObject({
        code: 0,
        output: expect.stringContaining('No difference detected') as string,
      });
      expect(await diffTo(drifted)).toMatchObject({
        code: 2,
        output: expect.stringContaining('Added column `extra`') as string,
      });
    } finally {
      await rm(drifted);
    }
  });

  it('are in step for the CLI when we applied them, and for us when the CLI did', async () => {
    await deployMigrations(url, migrationsFolder);
    expect(await prisma('migrate', 'status')).toMatchObject({ code: 0 });
    expect((await prisma('migrate', 'reset', '--force')).code).toBe(0);

    expect(await deployMigrations(url, migrationsFolder)).toEqual([]);
    expect((await prisma('migrate', 'status')).output).toContain('Database schema is up to date');
  });

  it('are created in an absent database by the CLI as well', async () => {
    expect((await prisma('migrate', 'deploy')).code).toBe(0);

    expect(await deployMigrations(url, migrationsFolder)).toEqual([]);
  });
});

describe('the CLI', () => {
  it('fails when the database cannot be reached', async () => {
    url = 'postgresql://postgres:x@127.0.0.1:1/nowhere';

    expect(await prisma('migrate', 'status')).toMatchObject({
      code: 1,
      output: expect.stringContaining('P1001') as string,
    });
  });
});
