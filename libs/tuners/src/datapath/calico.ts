import { bpfChange, type CalicoChange } from './calico-bpf.js';
import { encapsulationChange } from './calico-encapsulation.js';
import { refuseUnfit, refuseUnfitAgents, type Drafting } from './drafting.js';
import type { CalicoSettings } from './settings.js';

/**
 * Calico's encapsulation and data plane. With the operator its Installation is edited, never what the
 * operator makes of it. Sources: domain.md 6.1, 8.2.
 */
export function planCalico(drafting: Drafting, asked: CalicoSettings): void {
  const { plan, observed } = drafting;
  const { calico } = observed.cni;
  if (calico === null) return;
  const changes = [
    encapsulationChange(drafting, asked.encapsulation, calico),
    bpfChange(drafting, asked.bpf, calico),
  ].filter((change): change is CalicoChange => change !== null);
  const [change] = changes;
  if (change === undefined) return;
  if (changes.length > 1) {
    plan.refuse(
      'one-datapath-change-at-a-time',
      'The encapsulation and the data plane would change at once, and nobody could tell which of them did harm. Ask for one of them first, and for the other when that is measured.',
      { patch: changes.map(({ patch }) => patch).join('---\n') },
    );
    return;
  }
  refuseUnfit(drafting, change.kernel, change.what);
  refuseUnfitAgents(drafting, change.isRolled);
  refuseOtherNetwork(drafting);
  change.add();
}

/** Calico for policy alone has no say in routes. */
function refuseOtherNetwork({ plan, observed }: Drafting): void {
  const type = observed.cni.calico?.installation?.cniType ?? null;
  if (type === null || type === 'Calico') return;
  plan.refuse(
    'cni-chained',
    `Calico is here for policy alone (spec.cni.type is ${type}), and the other plugin decides about addresses and routes. Change it there.`,
  );
}
