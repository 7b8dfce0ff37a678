import type { AwaitCondition } from '../../await-condition.js';
import type { ChangeContext } from '../changes/executor.js';
import { runningPods } from './running-pods.js';

/** Which pods do not hold the value inside their own network namespaces, as a sentence. */
export async function podsWithout(
  condition: Extract<AwaitCondition, { type: 'pod-values' }>,
  context: ChangeContext,
): Promise<string | null> {
  const { cluster, signal } = context;
  const byNode = await runningPods(condition, context);
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
