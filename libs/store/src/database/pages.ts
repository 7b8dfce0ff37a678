import { validate } from 'uuid';
import { InvalidRequest } from '@fairlead/core';
import type { Page, PageRequest } from '../api.js';

/** What a keyset query needs: one row more than asked for tells whether another page follows. */
export function keyset({ limit, after }: PageRequest) {
  if (after !== undefined && !validate(after)) {
    throw new InvalidRequest('page-token-invalid', 'The page to go on from is not one of ours.', {
      remedy: 'Send the token that the page before gave, unchanged.',
    });
  }
  return {
    orderBy: { id: 'desc' as const },
    take: limit + 1,
    ...(after === undefined ? {} : { where: { id: { lt: after } } }),
  };
}

export function pageOf<Row extends { readonly id: string }, T>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  return rows.length > limit && last !== undefined ? { items, next: last.id } : { items };
}
