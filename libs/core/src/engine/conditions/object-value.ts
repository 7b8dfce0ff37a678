import type { AwaitCondition } from '../../await-condition.js';
import { canonicalJson, sameJson } from '../../json.js';
import { objectText, valueAt } from '../../objects.js';
import type { ChangeContext } from '../changes/executor.js';

/** What the object holds instead of the value, as a sentence; null when it holds it. */
export async function objectWithoutValue(
  { object, path, value }: Extract<AwaitCondition, { type: 'object-value' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const found = await cluster.read(object, signal);
  if (found === null) return `${objectText(object)} does not exist.`;
  const now = valueAt(found, path);
  if (sameJson(now, value)) return null;
  const held = now === undefined ? 'is absent' : `is ${canonicalJson(now)}`;
  return `${objectText(object)} ${path.join('.')} should be ${canonicalJson(value)}, but ${held}.`;
}
