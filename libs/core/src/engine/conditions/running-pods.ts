import { valueAt } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';

export interface RunningPod {
  readonly uid: string;
  readonly name: string;
}

/** Running pods of a namespace that the selector finds and nobody is deleting, by their nodes. */
export async function runningPods(
  { namespace, labelSelector }: { readonly namespace: string; readonly labelSelector: string },
  { cluster, signal }: ChangeContext,
): Promise<ReadonlyMap<string, readonly RunningPod[]>> {
  const pods = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace },
    { labelSelector },
    signal,
  );
  const byNode = new Map<string, RunningPod[]>();
  for (const pod of pods) {
    const node = valueAt(pod, ['spec', 'nodeName']);
    const uid = pod.metadata['uid'];
    if (valueAt(pod, ['status', 'phase']) !== 'Running' || pod.metadata['deletionTimestamp'])
      continue;
    if (typeof node !== 'string' || typeof uid !== 'string') continue;
    byNode.set(node, [...(byNode.get(node) ?? []), { uid, name: pod.metadata.name }]);
  }
  return byNode;
}
