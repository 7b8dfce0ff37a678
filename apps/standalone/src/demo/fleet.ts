/** One cluster for the simulator; its own schema checks the rest. */
export interface FleetCluster {
  readonly name: string;
  readonly about: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const gib = 1024 ** 3;
const readOnlyKeys = ['net.netfilter.nf_conntrack_max', 'net.core.rmem_max', 'net.core.wmem_max'];

/** Three small clusters that answer one profile in three ways. */
export const fleet: readonly FleetCluster[] = [
  {
    name: 'sim-open',
    about: 'every key can be written, and kube-proxy leaves the connection table alone',
    config: {
      version: '1.36.3',
      kubeProxy: { mode: 'nftables', maxPerCore: 0, min: null },
      nodes: ['a', 'b', 'c'].map((letter) => node(`open-${letter}`, {})),
    },
  },
  {
    name: 'sim-sealed',
    about: 'on one node some keys are read-only and one is not there',
    config: {
      version: '1.36.3',
      kubeProxy: { mode: 'iptables', maxPerCore: 0, min: null },
      nodes: [
        node('sealed-a', {}),
        node('sealed-b', { readOnly: readOnlyKeys, absent: ['net.core.netdev_max_backlog'] }),
      ],
    },
  },
  {
    name: 'sim-owned',
    about: 'kube-proxy 1.28 owns the connection table',
    config: {
      version: '1.28.15',
      kubeProxy: { mode: 'iptables', maxPerCore: null, min: null },
      nodes: [
        node('owned-a', { kernel: '5.15.0-simulated' }),
        node('owned-b', { kernel: '5.15.0-simulated' }),
      ],
    },
  },
];

function node(
  name: string,
  more: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { name, cpus: 4, memoryBytes: 16 * gib, ...more };
}

/** The simulator's list of clusters. Same seed at every start, so that they stay the same clusters. */
export function fleetFileText(): string {
  const clusters = fleet.map(({ name, config }) => ({ name, seed: 'standalone', ...config }));
  return JSON.stringify(clusters, null, 2);
}
