import type { AwaitCondition } from '../../await-condition.js';
import { measurePaths, type NodePath } from '../../paths.js';
import type { ChangeContext } from '../changes/executor.js';

const namedAtMost = 5;

/** Between which nodes packets of the size do not cross uncut, as a sentence. */
export async function pathsBelow(
  { ends, family, bytes, nodes }: Extract<AwaitCondition, { type: 'path-mtu' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const { paths: all, problems } = await measurePaths(cluster, ends, bytes, signal);
  const paths = all.filter(({ address }) => family === undefined || family === familyOf(address));
  const asked = new Set(nodes);
  const lost = problems.filter(({ node }) => asked.has(node));
  if (lost.length > 0) {
    return `No path was measured on ${lost.map(({ node, problem }) => `${node} (${problem})`).join(', ')}.`;
  }
  const wrong = paths.filter(
    ({ node, to, passesBytes }) =>
      asked.has(node) && asked.has(to) && (passesBytes === null || passesBytes < bytes),
  );
  if (wrong.length > 0) {
    const more = wrong.length > namedAtMost ? ` and ${wrong.length - namedAtMost} more` : '';
    const named = wrong.slice(0, namedAtMost).map(pathText).join(', ');
    return `Packets of ${bytes} bytes should cross between ${ends} uncut, but ${named}${more}.`;
  }
  const measured = new Set(paths.map(({ node }) => node));
  const silent = nodes.filter((node) => !measured.has(node));
  return nodes.length > 1 && silent.length > 0
    ? `No path was measured from ${silent.slice(0, namedAtMost).join(', ')}.`
    : null;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

function pathText({ node, to, address, passesBytes, stoppedBy }: NodePath): string {
  const most = passesBytes === null ? 'nothing passes' : `at most ${passesBytes} bytes pass`;
  return `from ${node} to ${to} (${address}) ${most} (${stoppedBy})`;
}
