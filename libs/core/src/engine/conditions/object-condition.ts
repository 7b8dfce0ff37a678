import type { AwaitCondition } from '../../await-condition.js';
import type { Json } from '../../json.js';
import { objectText, valueAt } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';

/** What the object says of the condition instead, as a sentence. */
export async function objectWithout(
  { object, conditionType, status }: Extract<AwaitCondition, { type: 'object-condition' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const seen = await cluster.read(object, signal);
  const name = objectText(object);
  if (seen === null) return `${name} does not exist.`;
  const conditions = valueAt(seen, ['status', 'conditions']);
  const found = (Array.isArray(conditions) ? (conditions as readonly Json[]) : []).find(
    (condition) => valueAt(condition, ['type']) === conditionType,
  );
  if (found === undefined) return `${name} does not say whether it is ${conditionType} yet.`;
  const now = valueAt(found, ['status']);
  if (now === status) return null;
  const [reason, message] = ['reason', 'message'].map((member) => valueAt(found, [member]));
  const why = [reason, message].filter((text): text is string => typeof text === 'string');
  return `${name} is not ${conditionType}=${status}${why.length > 0 ? `: ${why.join(': ')}` : ''}.`;
}
