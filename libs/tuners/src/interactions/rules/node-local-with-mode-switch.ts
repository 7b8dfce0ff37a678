import type { InteractionRule } from '../rule.js';
import { modeSwitch, nodeLocalChange, nodeLocalRuns } from '../what-changes.js';

/**
 * NodeLocal DNSCache takes kube-dns' address by iptables rules, or, beside IPVS, an address of its own that
 * kubelets must hand out: each mode of kube-proxy wants it rendered differently. Source: domain.md 4.5.
 */
export const nodeLocalWithModeSwitch: InteractionRule = {
  code: 'node-local-with-mode-switch',
  sentence:
    'NodeLocal DNSCache is set up for one mode of kube-proxy, so neither may change while the other does.',
  source: 'https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/',
  check(profile) {
    const mode = modeSwitch(profile);
    if (mode === null) return [];
    const cache = nodeLocalChange(profile);
    if (cache !== null) {
      return [
        {
          tuner: cache.tuner,
          how: 'refuse',
          message:
            'This profile switches kube-proxy’s mode and changes NodeLocal DNSCache, which is set up for one mode. Put them into two profiles, and run the mode first.',
        },
      ];
    }
    if (!nodeLocalRuns(profile)) return [];
    const isIpvs = mode.after === 'ipvs' || mode.before === 'ipvs';
    return [
      isIpvs
        ? {
            tuner: mode.tuner,
            how: 'refuse',
            message:
              'NodeLocal DNSCache runs here, and to and from IPVS it has to be set up anew with another address in the kubelets. Take it out first, switch the mode, and put it back after that.',
          }
        : {
            tuner: mode.tuner,
            how: 'warn',
            message:
              'NodeLocal DNSCache runs here, and no document of it speaks of nftables: watch lookups on the first node that switches.',
          },
    ];
  },
};
