import type { Finding } from '@fairlead/core';
import { byText, listed } from './by-text.js';
import type { SeenNode } from './seen-node.js';

/**
 * The Linux nodes whose keys nobody read, as one finding; none when all answered.
 *
 * @param code        stable, the tuner's own
 * @param parameters  what could not be seen there
 */
export function unseenNodes(
  { tuner, code }: Pick<Finding, 'tuner' | 'code'>,
  nodes: readonly SeenNode[],
  parameters: readonly string[],
): readonly Finding[] {
  const unseen = nodes
    .filter(({ os }) => os === 'linux')
    .filter(({ problem }) => problem !== null)
    .toSorted((a, b) => byText(a.name, b.name));
  if (unseen.length === 0) return [];
  return [
    {
      tuner,
      code,
      verdict: 'unknown',
      message: `Nothing was read on ${listed(unseen.map(({ name }) => name))}. Check those nodes and observe again.`,
      evidence: unseen.map(({ name, problem }) => ({
        what: `agent on ${name}`,
        value: problem ?? '',
        where: name,
      })),
      parameters: [...parameters],
      sources: [],
    },
  ];
}
