import type { AwaitCondition } from '../../await-condition.js';
import type { ChangeContext } from '../changes/executor.js';

/** On which nodes kube-proxy is not in the mode, or not healthy, as a sentence. */
export async function nodesNotInMode(
  { mode, nodes }: Extract<AwaitCondition, { type: 'proxy-mode' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const wrong: string[] = [];
  for (const node of nodes) {
    const problem = proxyProblem(
      mode,
      await cluster.askHost(node, { do: 'read-kube-proxy' }, signal),
    );
    if (problem !== null) wrong.push(`on ${node} ${problem}`);
  }
  return wrong.length === 0 ? null : `kube-proxy should be in ${mode} mode: ${wrong.join('; ')}.`;
}

/** What kube-proxy's own answer lacks; null when it is in the mode and healthy. */
export function proxyProblem(
  wanted: string,
  { mode, healthy }: { readonly mode: string | null; readonly healthy: boolean | null },
): string | null {
  if (mode === null) return 'kube-proxy does not answer';
  if (mode !== wanted) return `kube-proxy is in ${mode} mode`;
  return healthy === true ? null : 'kube-proxy says that it is not healthy';
}
