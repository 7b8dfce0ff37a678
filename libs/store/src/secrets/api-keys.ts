import { createHash, randomBytes } from 'node:crypto';
import { newId } from '../ids.js';

export interface NewApiKey {
  readonly id: string;
  /** `flk_<id>_<secret>`, shown once and stored nowhere. */
  readonly text: string;
  readonly hash: string;
}

export function newApiKey(): NewApiKey {
  const id = newId();
  const text = `flk_${id.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`;
  return { id, text, hash: hashApiKey(text) };
}

/**
 * What is stored of a key: SHA-256 as hex. The secret has 256 random bits, so there is nothing to
 * guess and a slow, salted hash would only slow each request down; passwords would need one.
 */
export function hashApiKey(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
