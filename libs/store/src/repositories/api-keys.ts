import { Conflict, NotFound, type Role } from '@fairlead/core';
import type { ApiKeyRow, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { keyset, pageOf } from '../database/pages.js';
import type { ApiKey } from '../generated/client.js';
import { knownId } from '../ids.js';

export function apiKeysIn(db: Db): Tx['apiKeys'] {
  return {
    async create(key) {
      try {
        return toRow(await db.apiKey.create({ data: key }));
      } catch (cause) {
        if (!isUniqueViolation(cause)) throw cause;
        throw new Conflict('api-key-exists', 'This key exists already.', { cause });
      }
    },

    async list(page) {
      return pageOf(await db.apiKey.findMany(keyset(page)), page.limit, toRow);
    },

    async revoke(id) {
      const known = knownId('api-key', id);
      await db.apiKey.updateMany({
        where: { id: known, revokedAt: null },
        data: { revokedAt: new Date() },
      });
      const row = await db.apiKey.findUnique({ where: { id: known } });
      if (row === null) throw new NotFound('api-key', id);
      return toRow(row);
    },

    count: () => db.apiKey.count(),
  };
}

function toRow({ id, name, role, createdAt, revokedAt }: ApiKey): ApiKeyRow {
  return { id, name, role: role as Role, createdAt, revokedAt };
}
