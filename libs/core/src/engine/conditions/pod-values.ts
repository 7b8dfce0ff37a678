import type { AwaitCondition } from '../../await-condition.js';
import { valueAt } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';

/** Which pods do not hold the value inside their own network namespaces, as a sentence. */
export async function podsWithout(
  condition: Extract<AwaitCondition, { type: 'pod-values' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const pods = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', namespace: condition.namespace },
    { labelSelector: condition.labelSelector },
    signal,
  );
  const byNode = new Map<string, { uid: string; name: string }[]>();
  for (const pod of pods) {
    const node = valueAt(pod, ['spec', 'nodeName']);
    const uid = pod.metadata['uid'];
    if (valueAt(pod, ['status', 'phase']) !== 'Running' || pod.metadata['deletionTimestamp'])
      continue;
    if (typeof node !== 'string' || typeof uid !== 'string') continue;
    byNode.set(node, [...(byNode.get(node) ?? []), { uid, name: pod.metadata.name }]);
  }
  if (byNode.size === 0)
    return `No pod of ${condition.labelSelector} runs in ${condition.namespace}.`;

  const wrong: string[] = [];
  for (const [node, onNode] of byNode) {
    const podUids = onNode.map(({ uid }) => uid);
    const answer = await cluster.askHost(
      node,
      { do: 'read-pod-keys', podUids, keys: [condition.key] },
      signal,
    );
    for (const { uid, name } of onNode) {
      const read = answer.pods.find(({ podUid }) => podUid === uid);
      const value = read?.readings[0]?.value ?? null;
      if (value !== condition.value) wrong.push(`${name} has ${value ?? 'none'}`);
    }
  }
  return wrong.length === 0
    ? null
    : `${condition.key} should be ${condition.value} inside the pods, but ${wrong.join(', ')}.`;
}
