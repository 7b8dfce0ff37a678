import type { InteractionRule } from '../rule.js';
import { replacementTurnedOn } from '../what-changes.js';

/** With an eBPF data plane Service connections stand in its own maps. Source: domain.md 2.3. */
export const replacementWithConntrack: InteractionRule = {
  code: 'replacement-with-conntrack',
  sentence: 'An eBPF data plane tracks connections in maps of its own, not in the kernel’s table.',
  source: 'https://docs.cilium.io/en/stable/network/ebpf/maps/',
  check(profile) {
    const replacement = replacementTurnedOn(profile);
    const table = profile.changes.find(
      (change) => change.kind === 'node' && /nf_conntrack_(max|buckets)$/.test(change.key),
    );
    if (replacement === null || table === undefined) return [];
    return [
      {
        tuner: table.tuner,
        how: 'warn',
        message:
          'After the same profile turns on the eBPF data plane, pods’ connections are tracked in its maps: the kernel’s table that is sized here then holds only the rest.',
      },
    ];
  },
};
