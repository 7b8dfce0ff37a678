import type { Change, PathEdit } from '../change.js';
import { objectText, type ObjectRef } from '../objects.js';
import type { JournalEntry } from './journal.js';

/** A change and what the journal holds of it. */
export interface Kept {
  readonly change: Change;
  readonly entry: JournalEntry;
}

/**
 * What of a change still stands in the cluster once later changes of the same plan are made: a place that
 * is edited again holds the later value, and a workload that is restarted again shows the later health.
 * A way that leads through a mode to another is such a plan.
 *
 * @param later  those after it that have been begun
 * @returns      the change, and its entry, with the places that are still its own; null when none is
 */
export function standing({ change, entry }: Kept, later: readonly Change[]): Kept | null {
  if (change.kind === 'restart') {
    const isRepeated = later.some(
      (other) => other.kind === 'restart' && isSame(other.object, change.object),
    );
    return isRepeated ? null : { change, entry };
  }
  if (change.kind !== 'edit') return { change, entry };
  const taken = new Set(
    later.flatMap((other) =>
      other.kind === 'edit' && isSame(other.object, change.object) ? other.edits.map(placeOf) : [],
    ),
  );
  const isOwn = change.edits.map((edit) => !taken.has(placeOf(edit)));
  if (isOwn.every(Boolean)) return { change, entry };
  if (!isOwn.some(Boolean)) return null;
  const own = <T>(items: readonly T[]) => items.filter((_item, at) => isOwn[at]);
  const { preImage, written } = entry;
  return {
    change: { ...change, edits: own(change.edits) },
    entry: {
      ...entry,
      ...(preImage?.kind === 'edit' && {
        preImage: { ...preImage, values: own(preImage.values) },
      }),
      ...(written?.kind === 'edit' && { written: { ...written, values: own(written.values) } }),
    },
  };
}

function placeOf({ document, path }: PathEdit): string {
  return JSON.stringify([document?.path ?? [], path]);
}

function isSame(a: ObjectRef, b: ObjectRef): boolean {
  return a.apiVersion === b.apiVersion && objectText(a) === objectText(b);
}
