import { DomainError } from '@fairlead/core';
import type { Store } from '@fairlead/store';

/**
 * The seq that a caller saw last. One that was never given out would hide events, so it is refused.
 *
 * @throws DomainError `cursor-unusable` (kind `gone`)
 */
export async function usableCursor(store: Pick<Store, 'read'>, text: string): Promise<number> {
  if (!/^\d{1,15}$/.test(text)) {
    throw new DomainError('gone', 'cursor-unusable', 'The cursor is none that was given out.');
  }
  const { seq: head } = await store.read((tx) => tx.auditEvents.head());
  if (Number(text) > head) {
    throw new DomainError(
      'gone',
      'cursor-unusable',
      `The cursor ${text} lies beyond the newest event ${head}.`,
    );
  }
  return Number(text);
}
