import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Internal } from '@fairlead/core';
import { secretKeyId } from './secret-key.js';

const format = 1;
const nonceBytes = 12;
const tagBytes = 16;

/** What a sealed text belongs to. It opens for nothing else. */
export interface SealedFor {
  readonly clusterId: string;
  readonly endpoint: string;
}

export interface Sealed {
  readonly format: number;
  readonly keyId: string;
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** Ciphertext, then the 16 bytes of its tag. */
  readonly sealed: Uint8Array<ArrayBuffer>;
}

export interface SecretBox {
  seal(text: string, owner: SealedFor): Sealed;
  /** Throws Internal when the row was moved, altered, or sealed by a key that is not here. */
  open(sealed: Sealed, owner: SealedFor): string;
}

/**
 * AES-256-GCM with a random nonce, bound to the cluster and its endpoint: a row that is copied to
 * another cluster, or whose cluster's endpoint was edited, does not open (CVE-2026-45625's class).
 *
 * @param key       32 bytes; seals, and opens what it sealed
 * @param previous  keys from before a rotation; they only open
 */
export function secretBox(key: Buffer, previous: readonly Buffer[] = []): SecretBox {
  for (const one of [key, ...previous]) {
    if (one.length !== 32) throw new RangeError('A secret key has 32 bytes.');
  }
  const keys = new Map([...previous, key].map((one) => [secretKeyId(one), one]));
  const keyId = secretKeyId(key);

  return {
    seal(text, owner) {
      const nonce = new Uint8Array(randomBytes(nonceBytes));
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(owner));
      const parts = [cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return { format, keyId, nonce, sealed: new Uint8Array(Buffer.concat(parts)) };
    },

    open(row, owner) {
      if (row.format !== format) {
        throw new Internal(
          `Credentials of ${owner.clusterId} have the unknown format ${row.format}.`,
        );
      }
      const used = keys.get(row.keyId);
      if (used === undefined) {
        throw new Internal(
          `Credentials of ${owner.clusterId} were sealed by the key ${row.keyId}, which is not configured.`,
        );
      }
      try {
        const text = row.sealed.subarray(0, -tagBytes);
        const tag = row.sealed.subarray(-tagBytes);
        const cipher = createDecipheriv('aes-256-gcm', used, row.nonce, {
          authTagLength: tagBytes,
        });
        cipher.setAAD(boundTo(owner)).setAuthTag(tag);
        return Buffer.concat([cipher.update(text), cipher.final()]).toString('utf8');
      } catch (cause) {
        throw new Internal(
          `Credentials of ${owner.clusterId} do not open: the row was altered, or belongs elsewhere.`,
          { cause },
        );
      }
    },
  };
}

/** A UUID has no `|`, so no two owners share a text. */
function boundTo({ clusterId, endpoint }: SealedFor): Buffer {
  return Buffer.from(`fairlead-credentials-${format}|${clusterId}|${endpoint}`, 'utf8');
}
