import type { InteractionRule } from '../rule.js';
import { modeSwitch, mtuChange } from '../what-changes.js';

/** Both end connections in ways that look alike in a measurement. Source: domain.md 8.1. */
export const modeSwitchWithMtu: InteractionRule = {
  code: 'mode-switch-with-mtu',
  sentence: 'A mode switch and a new MTU in one job cannot be told apart by what is measured.',
  source: 'https://kubernetes.io/docs/reference/networking/virtual-ips/',
  check(profile) {
    const [mode, mtu] = [modeSwitch(profile), mtuChange(profile)];
    if (mode === null || mtu === null) return [];
    return [
      {
        tuner: mtu.tuner,
        how: 'warn',
        message:
          'This profile changes how Services are translated and how large packets are: if connects or transfers get slower, the samples will not tell which of them did it. Two jobs would.',
      },
    ];
  },
};
