import { LRUCache } from 'lru-cache';
import type { Actor, Role } from '@fairlead/core';
import type { Database } from './database/database.js';

const rememberedKeys = 10_000;
/** How long a key that was revoked elsewhere may still pass. */
const rememberedMilliseconds = 3000;

/** Looks a key's holder up by the key's hash, and remembers the answer for seconds. */
export function actorsOn(database: Database) {
  const known = new LRUCache<string, { readonly actor: Actor | null }>({
    max: rememberedKeys,
    ttl: rememberedMilliseconds,
  });

  return async function actorOfKey(hash: string): Promise<Actor | null> {
    const remembered = known.get(hash);
    if (remembered !== undefined) return remembered.actor;
    const row = await database.query((db) => db.apiKey.findUnique({ where: { hash } }));
    const actor: Actor | null =
      row === null || row.revokedAt !== null
        ? null
        : { kind: 'api-key', id: row.id, name: row.name, role: row.role as Role };
    known.set(hash, { actor });
    return actor;
  };
}
