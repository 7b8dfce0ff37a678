import type { Change } from '../change.js';

/**
 * The order in which a plan is taken back: backwards, but a restart comes after the changes that it
 * activates, since the owner reads the restored configuration only when it starts again.
 * A restart whose changes are not all in the list still comes last of those that are.
 */
export function undoOrder(changes: readonly Change[]): readonly Change[] {
  const ordered: Change[] = [];
  const restarts = changes.filter((change) => change.kind === 'restart');

  for (const change of changes.toReversed()) {
    if (change.kind === 'restart') {
      if (change.activates.length === 0) ordered.push(change);
      continue;
    }
    ordered.push(change);
    for (const restart of restarts) {
      if (restart.activates.length === 0 || ordered.includes(restart)) continue;
      const waitsFor = changes.filter((other) => restart.activates.includes(other.id));
      if (waitsFor.length > 0 && waitsFor.every((other) => ordered.includes(other))) {
        ordered.push(restart);
      }
    }
  }
  // A restart that names no change of this plan has nothing to wait for.
  return [...ordered, ...restarts.filter((restart) => !ordered.includes(restart)).toReversed()];
}
