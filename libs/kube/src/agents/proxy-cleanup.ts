import {
  objectText,
  PreconditionFailed,
  valueAt,
  type Json,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../connection/api-client.js';
import { listObjects, readObject } from '../objects/read-objects.js';
import { builtInPath, type Resources } from '../objects/resources.js';
import { textAt } from '../objects/text-at.js';
import { proxyCleanupJob } from './proxy-cleanup-job.js';

export interface ProxyCleanupOptions {
  readonly namespace: string;
  readonly jobId: string;
  readonly fence: number;
}

const pollMilliseconds = 1000;

/**
 * Runs kube-proxy's `--cleanup` on a node and waits for its end: it takes away what kube-proxy made in every mode, also
 * in the one that is in force. Called again while a run of it is there, it waits for that one.
 *
 * @throws PreconditionFailed  `cleanup-failed`, when it did not come to a good end in any of its tries
 */
export async function cleanUpProxy(
  api: ApiClient,
  resources: Resources,
  { namespace, jobId, fence }: ProxyCleanupOptions,
  { node, daemonSet }: { readonly node: string; readonly daemonSet: ObjectRef },
  signal: AbortSignal,
): Promise<void> {
  const set = await readObject(api, resources, daemonSet, signal);
  if (set === null) throw failed(node, `${objectText(daemonSet)} is gone`);
  const hash = createHash('sha256').update(`${jobId} ${fence} ${node}`).digest('hex');
  const name = `fairlead-proxy-cleanup-${hash.slice(0, 12)}`;
  const kind = { apiVersion: 'batch/v1', kind: 'Job', namespace };
  const find = async () =>
    (
      await listObjects(api, resources, kind, { fieldSelector: `metadata.name=${name}` }, signal)
    )[0];

  if ((await find()) === undefined) {
    const body = proxyCleanupJob({ jobId, fence, node, name, namespace }, set);
    const doing = `clean up what kube-proxy left on ${node}`;
    await api.call({ method: 'POST', path: builtInPath(kind), body, doing }, signal);
  }
  for (;;) {
    const job = await find();
    if (job === undefined) throw failed(node, 'its Job was deleted');
    const end = endOf(job);
    if (end !== null) {
      const query = { propagationPolicy: 'Background' };
      const doing = `remove the Job that cleaned up on ${node}`;
      await api.attempt(
        { method: 'DELETE', path: builtInPath({ ...kind, name }), query, doing },
        signal,
      );
      if (end === 'complete') return;
      throw failed(node, end);
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

/** Null while it runs, `complete`, or why it failed. */
function endOf(job: SeenObject): string | null {
  const conditions = valueAt(job, ['status', 'conditions']);
  for (const condition of Array.isArray(conditions) ? (conditions as readonly Json[]) : []) {
    if (valueAt(condition, ['status']) !== 'True') continue;
    const type = valueAt(condition, ['type']);
    if (type === 'Complete') return 'complete';
    if (type === 'Failed') return `its Job failed (${textAt(condition, ['reason'])})`;
  }
  return null;
}

function failed(node: string, because: string): PreconditionFailed {
  return new PreconditionFailed(
    'cleanup-failed',
    `kube-proxy --cleanup did not come to an end on ${node}: ${because}.`,
    { remedy: 'Run it there by hand, or restart the node.' },
  );
}
