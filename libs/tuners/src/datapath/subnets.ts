import { networkOf } from './cidr.js';
import type { DatapathObservation } from './observation.js';

/** The one IPv4 subnet that all nodes are in, by the CNI's annotations; null when they differ or do not tell. */
export function commonSubnet({ cni }: DatapathObservation): string | null {
  const networks = cni.nodes.map(({ subnet }) => (subnet === null ? null : networkOf(subnet)));
  const [first = null] = networks;
  return networks.every((network) => network === first) ? first : null;
}
