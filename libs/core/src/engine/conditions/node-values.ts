import type { AwaitCondition } from '../../await-condition.js';
import type { ChangeContext } from '../changes/executor.js';

/** Which nodes do not hold the value in the host's network namespace, as a sentence. */
export async function nodesWithout(
  { key, value, nodes }: Extract<AwaitCondition, { type: 'node-values' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const wrong: string[] = [];
  for (const node of nodes) {
    const { readings } = await cluster.askHost(node, { do: 'read-keys', keys: [key] }, signal);
    const found = readings[0]?.value ?? null;
    if (found !== value) wrong.push(`${node} has ${found ?? 'no such key'}`);
  }
  return wrong.length === 0 ? null : `${key} should be ${value}, but ${wrong.join(', ')}.`;
}
