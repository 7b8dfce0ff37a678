import type { AwaitCondition } from '../../await-condition.js';
import type { ChangeContext } from '../changes/executor.js';
import { runningPods } from './running-pods.js';

/** Which pods lack the option in their resolv.conf, as a sentence. */
export async function podsWithoutOption(
  condition: Extract<AwaitCondition, { type: 'pod-resolvers' }>,
  context: ChangeContext,
): Promise<string | null> {
  const { namespace, labelSelector, option } = condition;
  const byNode = await runningPods(condition, context);
  if (byNode.size === 0) return `No pod of ${labelSelector} runs in ${namespace}.`;

  const wrong: string[] = [];
  for (const [node, onNode] of byNode) {
    const podUids = onNode.map(({ uid }) => uid);
    const { cluster, signal } = context;
    const answer = await cluster.askHost(node, { do: 'read-pod-resolvers', podUids }, signal);
    for (const { uid, name } of onNode) {
      const read = answer.pods.find(({ podUid }) => podUid === uid)?.resolver ?? null;
      if (read === null) wrong.push(`${name} could not be read`);
      else if (!read.options.includes(option)) wrong.push(`${name} has ${read.options.join(' ')}`);
    }
  }
  return wrong.length === 0
    ? null
    : `Pods should have ${option} in resolv.conf, but ${wrong.join(', ')}.`;
}
