import type { Change } from '../change.js';
import { objectText } from '../objects.js';

/**
 * The order in which a plan is taken back: backwards, but what lets a change take effect comes after the
 * change: the owner of a configuration reads the restored one only when it starts again, and a
 * workload's pods have to roll once more when its template is back.
 * One that follows nothing in the list comes last.
 */
export function undoOrder(changes: readonly Change[]): readonly Change[] {
  const followers = changes.filter((change) => followedBy(change, changes).length > 0);
  const ordered: Change[] = [];

  for (const change of changes.toReversed()) {
    if (followers.includes(change)) continue;
    ordered.push(change);
    for (const follower of followers) {
      if (ordered.includes(follower)) continue;
      if (followedBy(follower, changes).every((other) => ordered.includes(other))) {
        ordered.push(follower);
      }
    }
  }
  // Followers that wait for one another have no order of their own.
  return [...ordered, ...followers.filter((follower) => !ordered.includes(follower)).toReversed()];
}

/** The changes of the list that take effect through this one. */
function followedBy(change: Change, changes: readonly Change[]): readonly Change[] {
  if (change.kind === 'restart') {
    return changes.filter((other) => other !== change && change.activates.includes(other.id));
  }
  if (change.kind === 'await' && change.condition.type === 'corefile-loaded') {
    const read = objectText(change.condition.configMap);
    return changes.filter((other) => other.kind === 'edit' && objectText(other.object) === read);
  }
  if (change.kind === 'await' && change.condition.type === 'rolled-out') {
    const rolled = objectText(change.condition.object);
    return changes.filter((other) => other.kind === 'edit' && objectText(other.object) === rolled);
  }
  if (change.kind === 'await' && change.condition.type === 'new-pod-mtu') {
    const { follows } = change.condition;
    return changes.filter((other) => other.id === follows);
  }
  return [];
}
