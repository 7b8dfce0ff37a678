import {
  objectText,
  PreconditionFailed,
  valueAt,
  type Json,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { fieldManager, restartAnnotation } from './ours.js';
import { readObject } from './read-objects.js';
import { pathOf, type Resources } from './resources.js';
import { resourceOf } from './write-objects.js';

export interface Rollout {
  readonly done: boolean;
  /** What is still missing, one sentence; a confirmation when it is done. */
  readonly message: string;
}

export async function restartToken(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<string | null> {
  const workload = await existing(api, resources, ref, signal);
  const token = valueAt(workload, [
    'spec',
    'template',
    'metadata',
    'annotations',
    restartAnnotation,
  ]);
  return typeof token === 'string' ? token : null;
}

/** Any change of the pod template rolls a workload; null takes the annotation away. */
export async function setRestartToken(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  token: string | null,
  signal: AbortSignal,
): Promise<void> {
  await api.call(
    {
      method: 'PATCH',
      path: pathOf(await resourceOf(resources, ref, signal), ref),
      query: { fieldManager },
      body: { spec: { template: { metadata: { annotations: { [restartAnnotation]: token } } } } },
      contentType: 'application/merge-patch+json',
      doing: `restart ${objectText(ref)}`,
    },
    signal,
  );
}

export async function rollout(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<Rollout> {
  return rolloutOf(await existing(api, resources, ref, signal));
}

/**
 * How far a DaemonSet, Deployment or StatefulSet has come. The status counts only once the controller has seen the
 * newest generation: before that its numbers are those of the roll before.
 * Source: domain.md 8.3.
 */
export function rolloutOf(workload: SeenObject): Rollout {
  const generation = numberAt(workload, ['metadata', 'generation']);
  if (numberAt(workload, ['status', 'observedGeneration']) < generation) {
    return { done: false, message: 'Its controller has not seen the change yet.' };
  }
  if (workload.kind === 'DaemonSet') return daemonSetRollout(workload);
  return workload.kind === 'StatefulSet'
    ? statefulSetRollout(workload)
    : deploymentRollout(workload);
}

/** Pods of a StatefulSet are of one revision or another: the roll is over when all are of the newest. */
function statefulSetRollout(workload: SeenObject): Rollout {
  const wanted = numberAt(workload, ['spec', 'replicas'], 1);
  const updated = numberAt(workload, ['status', 'updatedReplicas']);
  const available = numberAt(workload, ['status', 'availableReplicas']);
  if (updated < wanted) {
    const byHand = valueAt(workload, ['spec', 'updateStrategy', 'type']) === 'OnDelete';
    const why = byHand
      ? ' Its update strategy OnDelete waits for somebody to delete the pods.'
      : '';
    return { done: false, message: `${updated} of ${wanted} pods are updated.${why}` };
  }
  if (available < wanted)
    return { done: false, message: `${available} of ${wanted} pods are available.` };
  return { done: true, message: `All ${wanted} pods are updated and available.` };
}

function daemonSetRollout(workload: SeenObject): Rollout {
  const wanted = numberAt(workload, ['status', 'desiredNumberScheduled']);
  const updated = numberAt(workload, ['status', 'updatedNumberScheduled']);
  const available = numberAt(workload, ['status', 'numberAvailable']);
  if (updated < wanted) {
    const byHand = valueAt(workload, ['spec', 'updateStrategy', 'type']) === 'OnDelete';
    const why = byHand
      ? ' Its update strategy OnDelete waits for somebody to delete the pods.'
      : '';
    return { done: false, message: `${updated} of ${wanted} pods are updated.${why}` };
  }
  if (available < wanted)
    return { done: false, message: `${available} of ${wanted} pods are available.` };
  return { done: true, message: `All ${wanted} pods are updated and available.` };
}

function deploymentRollout(workload: SeenObject): Rollout {
  const wanted = numberAt(workload, ['spec', 'replicas'], 1);
  const updated = numberAt(workload, ['status', 'updatedReplicas']);
  const total = numberAt(workload, ['status', 'replicas']);
  const available = numberAt(workload, ['status', 'availableReplicas']);
  if (updated < wanted)
    return { done: false, message: `${updated} of ${wanted} pods are updated.` };
  if (total > updated)
    return { done: false, message: `${total - updated} old pods are still there.` };
  if (available < updated)
    return { done: false, message: `${available} of ${updated} pods are available.` };
  return { done: true, message: `All ${wanted} pods are updated and available.` };
}

async function existing(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<SeenObject> {
  if (!['DaemonSet', 'Deployment', 'StatefulSet'].includes(ref.kind)) {
    throw new PreconditionFailed(
      'not-a-workload',
      `${objectText(ref)} is no DaemonSet, Deployment or StatefulSet.`,
    );
  }
  const workload = await readObject(api, resources, ref, signal);
  if (workload !== null) return workload;
  throw new PreconditionFailed('object-absent', `${objectText(ref)} does not exist.`);
}

function numberAt(value: Json, path: readonly string[], absent = 0): number {
  const found = valueAt(value, path);
  return typeof found === 'number' ? found : absent;
}
