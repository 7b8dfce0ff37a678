import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSecretKey } from './secret-key.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('loadSecretKey', () => {
  it('takes 32 bytes in base64, with space around them', async () => {
    const key = Buffer.alloc(32, 5);

    expect(await loadSecretKey({ base64: ` ${key.toString('base64')}\n` })).toEqual(key);
  });

  it.each([
    ['too short', Buffer.alloc(16).toString('base64')],
    ['too long', Buffer.alloc(33).toString('base64')],
    ['empty', ''],
    ['hex', Buffer.alloc(32).toString('hex')],
    [
      'with letters that base64 has not',
      `${Buffer.alloc(32, 5).toString('base64').slice(0, -2)}!=`,
    ],
  ])('refuses a key that is %s, without repeating it', async (_what, base64) => {
    const error = await loadSecretKey({ base64 }).catch((caught: Error) => caught);

    expect(error).toBeInstanceOf(Error);
    if (base64 !== '') expect(String(error)).not.toContain(base64);
  });

  it('makes a file once, for its owner alone, and reads it afterwards', async () => {
    const file = join(folder, 'deep', 'secret.key');

    const made = await loadSecretKey({ file });
    const read = await loadSecretKey({ file });

    expect(read).toEqual(made);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('ends with one key when several start at once, and leaves no drafts', async () => {
    const file = join(folder, 'secret.key');

    const keys = await Promise.all(Array.from({ length: 20 }, () => loadSecretKey({ file })));

    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
    expect(await readdir(folder)).toEqual(['secret.key']);
  });

  it('never writes over a file that holds something else', async () => {
    const file = join(folder, 'secret.key');
    await writeFile(file, 'not a key');

    await expect(loadSecretKey({ file })).rejects.toThrow(/32 bytes/);
    expect(await readFile(file, 'utf8')).toBe('not a key');
  });
});
