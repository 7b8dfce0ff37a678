import type { Change } from '../../change.js';
import { editExecutor } from './edit-change.js';
import type { ChangeExecutor } from './executor.js';
import { nodeExecutor } from './node-change.js';
import { createExecutor, removeExecutor } from './object-changes.js';
import { awaitExecutor, restartExecutor } from './wait-changes.js';

const executors: { readonly [K in Change['kind']]: ChangeExecutor<K> } = {
  edit: editExecutor,
  create: createExecutor,
  remove: removeExecutor,
  restart: restartExecutor,
  node: nodeExecutor,
  await: awaitExecutor,
};

/** The executor of a change's own kind. The journal's pre-image and writing are of that kind too. */
export function executorOf(change: Change): ChangeExecutor<Change['kind']> {
  return executors[change.kind] as ChangeExecutor<Change['kind']>;
}
