import type { InteractionRule } from '../rule.js';
import { calicoDataplaneChange, modeSwitch } from '../what-changes.js';

/**
 * Calico's iptables data plane and kube-proxy's nftables mode do not meet on one node: Calico changes first,
 * kube-proxy rolls after that, and backwards the other way round. Tuners run in the opposite order.
 * Source: domain.md 6.1, 8.1.
 */
export const calicoDataplaneWithModeSwitch: InteractionRule = {
  code: 'calico-dataplane-with-mode-switch',
  sentence: 'Calico’s data plane has to follow before kube-proxy goes to nftables.',
  source: 'https://docs.tigera.io/calico/latest/getting-started/kubernetes/nftables',
  check(profile) {
    const [mode, dataplane] = [modeSwitch(profile), calicoDataplaneChange(profile)];
    if (mode === null || dataplane === null) return [];
    const first = mode.after === 'nftables' ? dataplane.tuner : mode.tuner;
    return [
      {
        tuner: mode.tuner,
        how: 'refuse',
        message: `kube-proxy’s mode and Calico’s data plane depend on each other’s order, which one profile cannot give. Put them into two profiles, and run ${first} first.`,
      },
    ];
  },
};
