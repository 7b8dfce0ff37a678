import { eventHash, genesisHash, type StoredEvent } from './canonical-bytes.js';

export type BadReason = 'gap' | 'prev-mismatch' | 'hash-mismatch' | 'head-mismatch';

export interface BadRow {
  readonly seq: number;
  readonly reason: BadReason;
}

/** Where a chain stands: the last event that was checked. */
export interface ChainPlace {
  readonly seq: number;
  readonly hash: Buffer;
}

export const chainStart: ChainPlace = { seq: 0, hash: genesisHash };

/**
 * Whether an event is the one that belongs after a place.
 *
 * @returns what is wrong: `gap` (an event is missing; `seq` is the missing one's), `prev-mismatch` (it
 *          was chained to another event), `hash-mismatch` (one of its columns was changed); null when good
 */
export function checkEvent(before: ChainPlace, event: StoredEvent): BadRow | null {
  const seq = before.seq + 1;
  if (event.columns[1] !== String(seq)) return { seq, reason: 'gap' };
  if (!event.prevHash.equals(before.hash)) return { seq, reason: 'prev-mismatch' };
  if (!eventHash(before.hash, event.columns).equals(event.hash))
    return { seq, reason: 'hash-mismatch' };
  return null;
}

/** Whether the chain ends where its head says. A tail that was cut off shows here. */
export function checkHead(last: ChainPlace, head: ChainPlace): BadRow | null {
  if (last.seq === head.seq && last.hash.equals(head.hash)) return null;
  return {
    seq: Math.min(last.seq, head.seq) + (last.seq === head.seq ? 0 : 1),
    reason: 'head-mismatch',
  };
}
