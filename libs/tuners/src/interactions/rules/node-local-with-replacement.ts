import type { ProfileView } from '../profile-view.js';
import type { InteractionRule } from '../rule.js';
import { nodeLocalChange, nodeLocalRuns, replacementTurnedOn } from '../what-changes.js';

/**
 * Cilium's socket load balancing picks a CoreDNS pod before a packet exists, past the cache's iptables
 * rules; a CiliumLocalRedirectPolicy is needed instead. Source: domain.md 4.5.
 */
export const nodeLocalWithReplacement: InteractionRule = {
  code: 'node-local-with-replacement',
  sentence:
    'With kube-proxy replaced by eBPF, lookups go past a node-local cache set up by iptables.',
  source:
    'https://docs.cilium.io/en/stable/network/kubernetes/local-redirect-policy/#node-local-dns-cache',
  check(profile) {
    const turnedOn = replacementTurnedOn(profile);
    const cache = nodeLocalChange(profile);
    if (cache?.kind === 'create' && (turnedOn !== null || isOn(profile))) {
      return [
        {
          tuner: cache.tuner,
          how: 'refuse',
          message:
            'kube-proxy is replaced by eBPF here, which picks a CoreDNS pod before any iptables rule sees the lookup. Use a CiliumLocalRedirectPolicy in front of the node-local cache instead.',
        },
      ];
    }
    if (turnedOn === null || !nodeLocalRuns(profile)) return [];
    return [
      {
        tuner: turnedOn.tuner,
        how: 'refuse',
        message:
          'NodeLocal DNSCache runs here by iptables rules, which an eBPF replacement of kube-proxy goes past. Take it out first, or put it behind a CiliumLocalRedirectPolicy.',
      },
    ];
  },
};

function isOn(profile: ProfileView): boolean {
  return profile
    .valuesOf('kubeProxyReplacement')
    .some((seen) => JSON.stringify(seen).includes('"configured":"on"'));
}
