import { KernelKeyName, kernelText } from '@fairlead/core';
import type { KernelFiles } from './keys/kernel-files.js';

/** `key=value` pairs of the command line. Throws for a key that is not on the list. */
export function parsePairs(pairs: readonly string[]): { key: KernelKeyName; value: string }[] {
  return pairs.map((pair) => {
    const at = pair.indexOf('=');
    const key = KernelKeyName.safeParse(pair.slice(0, at));
    if (at < 1 || !key.success) throw new Error(`not a key of the list: ${pair}`);
    return { key: key.data, value: kernelText(pair.slice(at + 1)) };
  });
}

/** Sets keys on a node that starts, whatever it holds: an init container of the DaemonSet that keeps them. */
export async function persist(pairs: readonly string[], keys: KernelFiles): Promise<void> {
  for (const { key, value } of parsePairs(pairs)) {
    const found = (await keys.read(key)).value;
    if (found === null) throw new Error(`${key} does not exist on this node`);
    const { now } = await keys.write(key, value, [found]);
    if (now !== value) throw new Error(`${key} became ${now} instead of ${value}`);
  }
}
