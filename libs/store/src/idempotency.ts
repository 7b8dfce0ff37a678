import { Conflict, Internal, type JsonObject } from '@fairlead/core';
import type { Command } from './api.js';
import type { Db } from './database/database.js';
import type { Sql } from './database/sql.js';

interface StoredAnswer {
  readonly operation: string;
  readonly fingerprint: string;
  readonly response: string | null;
}

/**
 * Claims a key for this transaction, or finds the answer that an earlier one kept. A duplicate that
 * comes meanwhile waits in the insert until this transaction has ended, whichever way.
 *
 * @throws Conflict `idempotency-key-reused` when the key was used for something else
 */
export async function claimKey(
  sql: Sql,
  actor: string,
  { key, operation, fingerprint }: NonNullable<Command['idempotency']>,
): Promise<JsonObject | null> {
  const claimed = await sql`
    INSERT INTO idempotency_keys AS kept (actor, key, operation, fingerprint, expires_at)
    VALUES (${actor}, ${key}, ${operation}, ${fingerprint}, now() + interval '24 hours')
    ON CONFLICT (actor, key) DO UPDATE
    SET operation = EXCLUDED.operation, fingerprint = EXCLUDED.fingerprint, response = NULL,
        expires_at = EXCLUDED.expires_at
    WHERE kept.expires_at <= now()
    RETURNING key`;
  if (claimed.length > 0) return null;

  const [stored] = await sql<StoredAnswer>`
    SELECT operation, fingerprint, response FROM idempotency_keys WHERE actor = ${actor} AND key = ${key}`;
  if (stored === undefined || stored.response === null) {
    throw new Internal('An idempotency key was claimed without an answer.');
  }
  if (stored.operation !== operation || stored.fingerprint !== fingerprint) {
    throw new Conflict(
      'idempotency-key-reused',
      'This idempotency key was used for another request.',
      {
        remedy: 'Use a new key for every new request; repeat a key only with the same content.',
      },
    );
  }
  return JSON.parse(stored.response) as JsonObject;
}

/** Removes keys that are past their 24 hours. Returns how many. */
export async function purgeKeys(db: Db): Promise<number> {
  return await db.$executeRaw`DELETE FROM idempotency_keys WHERE expires_at <= now()`;
}
