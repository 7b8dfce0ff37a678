import { valueAt, type Json, type SeenObject } from '@fairlead/core';

/** False for one that a node selector keeps off every node: there, but replaced by something else. */
export function runsPods(daemonSet: SeenObject): boolean {
  return valueAt(daemonSet, ['status', 'desiredNumberScheduled']) !== 0;
}

/** Command and arguments of every container of a pod spec, in order. */
export function commandLine(podSpec: Json | undefined): readonly string[] {
  const containers = valueAt(podSpec, ['containers']);
  if (!Array.isArray(containers)) return [];
  return (containers as readonly Json[]).flatMap((container) =>
    ['command', 'args'].flatMap((member) => {
      const words = valueAt(container, [member]);
      return Array.isArray(words)
        ? (words as readonly Json[]).filter((word) => typeof word === 'string')
        : [];
    }),
  );
}

/** The value of `--name=value` or `--name value`; the last one counts, as for Go's flags. */
export function flagValue(words: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  words.forEach((word, at) => {
    if (word.startsWith(`--${name}=`)) value = word.slice(name.length + 3);
    else if (word === `--${name}`) value = words[at + 1];
  });
  return value;
}
