import { byName } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { KubeProxySettings } from './settings.js';

type Labelled = Pick<SeenNode, 'name' | 'labels'>;

const controlPlaneLabels = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
];

/**
 * The order in which nodes are restarted: those that were chosen as canaries, then the other workers,
 * control-plane nodes last, by name within each. Source: domain.md 8.3.
 */
export function nodeOrder(
  nodes: readonly Labelled[],
  canaries: KubeProxySettings['canaries'],
): string[] {
  const labels = Object.entries(canaries?.matchLabels ?? {});
  const rank = (node: Labelled) => {
    if (labels.length > 0 && labels.every(([name, value]) => node.labels[name] === value)) return 0;
    return controlPlaneLabels.some((label) => Object.hasOwn(node.labels, label)) ? 2 : 1;
  };
  return nodes.toSorted((a, b) => rank(a) - rank(b) || byName(a, b)).map(({ name }) => name);
}
