import type { Operations, ResponseOf } from '@fairlead/contract';
import type { ApiKeyRow } from '@fairlead/store';

export function toApiKey(row: ApiKeyRow): ResponseOf<Operations['revokeApiKey']> {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
    ...(row.revokedAt && { revokedAt: row.revokedAt.toISOString() }),
  };
}
