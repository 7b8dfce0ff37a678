import { createHmac, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const keyBytes = 32;

/** Where the key comes from: 32 bytes as base64 (an environment variable's value), or a file. */
export type SecretKeySource = { readonly base64: string } | { readonly file: string };

/**
 * The key that seals credentials. A file is made on first use, readable by its owner alone.
 *
 * @throws Error when the text or the file does not hold 32 bytes in base64
 */
export async function loadSecretKey(source: SecretKeySource): Promise<Buffer> {
  if ('base64' in source) return parseKey(source.base64, 'The secret key');
  const { file } = source;
  try {
    return parseKey(await readFile(file, 'utf8'), file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await makeKeyFile(file);
  return parseKey(await readFile(file, 'utf8'), file);
}

/** Written aside and linked, so that starters that race end with one key and none reads half of it. */
async function makeKeyFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(keyBytes).toString('base64')}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
}

function parseKey(text: string, where: string): Buffer {
  const trimmed = text.trim();
  const key = Buffer.from(trimmed, 'base64');
  // Node's decoder skips what is not base64, so the way back tells a typing error.
  if (key.length !== keyBytes || key.toString('base64') !== trimmed) {
    throw new Error(`${where} must hold exactly ${keyBytes} bytes in base64.`);
  }
  return key;
}

/** Names a key without telling it: which one sealed a row. */
export function secretKeyId(key: Buffer): string {
  return createHmac('sha256', key).update('fairlead secret key id').digest('hex').slice(0, 16);
}
