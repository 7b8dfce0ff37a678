import type { InteractionRule } from '../rule.js';
import { replacementTurnedOn } from '../what-changes.js';

/**
 * An eBPF replacement and kube-proxy do not know of each other's translations: connections break where both
 * work, and whatever is tuned in kube-proxy is gone with it. Source: domain.md 6.1, 6.2.
 */
export const replacementWithKubeProxy: InteractionRule = {
  code: 'replacement-with-kube-proxy',
  sentence: 'What replaces kube-proxy and what tunes it do not belong into one profile.',
  source: 'https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/',
  check(profile) {
    const replacement = replacementTurnedOn(profile);
    if (replacement === null) return [];
    const touching = profile.changes.find(
      (change) =>
        (change.kind === 'edit' || change.kind === 'restart') &&
        change.tuner !== replacement.tuner &&
        /^kube-proxy/.test(change.object.name),
    );
    if (touching === undefined) return [];
    return [
      {
        tuner: touching.tuner,
        how: 'refuse',
        message: `The tuner ${replacement.tuner} lets the CNI take over from kube-proxy, and ${touching.tuner} tunes kube-proxy. Leave one of them out.`,
      },
    ];
  },
};
