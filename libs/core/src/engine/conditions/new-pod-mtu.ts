import type { AwaitCondition } from '../../await-condition.js';
import { podLink } from '../../paths.js';
import type { ChangeContext } from '../changes/executor.js';

type NewPodMtu = Pick<Extract<AwaitCondition, { type: 'new-pod-mtu' }>, 'mtuBytes' | 'nodes'>;

/**
 * On which nodes new pods get another MTU, as a sentence. An agent that still has the old one is ended: a
 * pod's link keeps the MTU it was made with, so whoever is asked next answers from a newer pod.
 */
export async function newPodsWithout(
  { mtuBytes, nodes }: NewPodMtu,
  { cluster, signal }: ChangeContext,
): Promise<string | null> {
  const found = await Promise.all(
    nodes.map(async (node) => {
      const { links } = await cluster.askPod(node, { do: 'read-links' }, signal);
      return { node, link: podLink(links) };
    }),
  );
  const wrong = found.filter(({ link }) => link?.mtuBytes !== mtuBytes);
  if (wrong.length === 0) return null;
  await cluster.renewPods(
    wrong.map(({ node }) => node),
    signal,
  );
  const has = wrong.map(
    ({ node, link }) => `on ${node} ${link === null ? 'has no link' : `has ${link.mtuBytes}`}`,
  );
  return `New pods should have an MTU of ${mtuBytes}, but one ${has.join(', one ')}.`;
}
