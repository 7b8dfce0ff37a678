import type { AwaitCondition } from '../../await-condition.js';
import type { ChangeContext } from '../changes/executor.js';

const once = { count: 1, intervalMilliseconds: 0, timeoutMilliseconds: 2000 };

/** From which nodes a pod gets no address for the name from that server, as a sentence. */
export async function nodesUnanswered(
  { server, name, nodes }: Extract<AwaitCondition, { type: 'dns-answers' }>,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const target = { address: server, port: 53 };
  const reports = await Promise.all(
    nodes.map(async (node) => {
      const probe = { type: 'dns', target, name, ...once } as const;
      const { attempts } = await cluster.askPod(node, { do: 'probe', probe }, signal);
      const error = attempts[0]?.error;
      return error === undefined ? [] : [`${node}: ${error}`];
    }),
  );
  const wrong = reports.flat();
  return wrong.length === 0
    ? null
    : `${server} should answer ${name} to pods, but does not (${wrong.join(', ')}).`;
}
