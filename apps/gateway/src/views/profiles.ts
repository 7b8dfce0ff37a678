import type { Operations, ResponseOf } from '@fairlead/contract';
import type { ProfileRow } from '@fairlead/store';

export function profileEtag({ revision }: Pick<ProfileRow, 'revision'>): string {
  return `r${revision}`;
}

export function toProfile(row: ProfileRow): ResponseOf<Operations['getProfile']> {
  return {
    ...row,
    settings: row.settings,
    etag: profileEtag(row),
    createdAt: row.createdAt.toISOString(),
    revisedAt: row.revisedAt.toISOString(),
  };
}
