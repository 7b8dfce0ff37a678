import type { SeenNode } from './seen-node.js';

/** What runs a node and keeps settings of its own for it. */
export type NodePlatform =
  | 'talos'
  | 'bottlerocket'
  | 'k3s'
  | 'rke2'
  | 'k0s'
  | 'eks'
  | 'aks'
  | 'gke'
  | 'gardener'
  | 'kops'
  | 'openshift';

const byLabel: readonly (readonly [label: string, platform: NodePlatform])[] = [
  ['eks.amazonaws.com/nodegroup', 'eks'],
  ['kubernetes.azure.com/cluster', 'aks'],
  ['cloud.google.com/gke-nodepool', 'gke'],
  ['worker.gardener.cloud/pool', 'gardener'],
  ['kops.k8s.io/instancegroup', 'kops'],
  ['node.openshift.io/os_id', 'openshift'],
];

/** Told by what the API server says of a node; null for a node that nobody special runs. Source: domain.md 1.5. */
export function platformOf(
  node: Pick<SeenNode, 'osImage' | 'kubeletVersion' | 'labels'>,
): NodePlatform | null {
  if (node.osImage.startsWith('Talos')) return 'talos';
  if (node.osImage.startsWith('Bottlerocket')) return 'bottlerocket';
  if (node.kubeletVersion.includes('+k3s')) return 'k3s';
  if (node.kubeletVersion.includes('+rke2')) return 'rke2';
  if (node.kubeletVersion.includes('+k0s')) return 'k0s';
  return byLabel.find(([label]) => Object.hasOwn(node.labels, label))?.[1] ?? null;
}
