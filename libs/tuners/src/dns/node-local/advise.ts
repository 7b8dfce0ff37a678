import type { Finding } from '@fairlead/core';
import { byText } from '../../by-text.js';
import type { NodeLocalObservation } from './observation.js';

const sources = ['https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/'];

/** Whether a cache on the nodes is worth a try, as far as objects and modes tell. */
export function adviseNodeLocal(observed: NodeLocalObservation): readonly Finding[] {
  const { nodes, standing, others, datapath, kubeDns, autopath } = observed;
  const linux = nodes.filter(({ os }) => os === 'linux');
  const modes = [...new Set(linux.map(({ proxyMode }) => proxyMode ?? 'unknown'))].toSorted(byText);
  const evidence = [
    { what: 'kube-proxy mode', value: modes.join(', '), where: 'kube-proxy on the nodes' },
    { what: 'Linux nodes', value: String(linux.length), where: 'Nodes' },
  ];
  const common = { tuner: 'dns', evidence, parameters: ['node-local-dns.reach'], sources };
  const [other] = others;
  if (standing !== null || other !== undefined) {
    const where = other?.object ?? 'DaemonSet kube-system/node-local-dns';
    return [
      {
        ...common,
        code: 'dns-node-cache-there',
        verdict: 'leave-alone',
        message: `A cache runs on the nodes already (${where}): leave it. Change kube-proxy’s mode and the cache never in one step.`,
      },
    ];
  }
  const why = obstacleOf({ datapath, kubeDns, autopath, modes });
  if (why !== null) {
    return [{ ...common, code: 'dns-node-cache-unfit', verdict: 'leave-alone', message: why }];
  }
  return [
    {
      ...common,
      code: 'dns-node-cache-possible',
      verdict: 'consider',
      message:
        'No cache runs on the nodes. Where lookups are slow, or lost to races in connection tracking, try one: pods ask over the node alone and CoreDNS is asked over TCP.',
      recommended: { nodeLocal: {} },
    },
  ];
}

function obstacleOf(seen: {
  readonly datapath: string | null;
  readonly kubeDns: NodeLocalObservation['kubeDns'];
  readonly autopath: boolean;
  readonly modes: readonly string[];
}): string | null {
  if (seen.kubeDns === null)
    return 'There is no Service kube-system/kube-dns to put a cache before.';
  if (seen.datapath !== null) {
    return `${seen.datapath} goes past the rules by which a cache takes over: leave it, or use what the data plane has for node-local DNS.`;
  }
  if (seen.autopath)
    return 'CoreDNS has autopath, which a cache on the nodes would defeat: leave it.';
  if (seen.modes.includes('ipvs')) {
    return 'Beside kube-proxy in ipvs mode a cache needs another clusterDNS in every kubelet: change kube-proxy’s mode first.';
  }
  return null;
}
