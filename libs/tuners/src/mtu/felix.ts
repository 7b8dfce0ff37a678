import { objectText, type PlanDraft } from '@fairlead/core';
import type { SeenCni } from '../cni/seen-cni.js';

/** Felix's field for each encapsulation. There is no `spec.mtu`. Source: domain.md 5.2. */
const tunnelFields = {
  vxlan: { ipv4: 'spec.vxlanMTU', ipv6: 'spec.vxlanMTUV6' },
  ipip: { ipv4: 'spec.ipipMTU', ipv6: 'spec.ipipMTU' },
  wireguard: { ipv4: 'spec.wireguardMTU', ipv6: 'spec.wireguardMTUV6' },
} as const;

/** A tunnel whose own MTU was set by hand must not be narrower than the pods that send through it. */
export function tellFelix(plan: PlanDraft, cni: SeenCni, podMtuBytes: number): void {
  for (const { kind, underlay } of cni.encapsulations) {
    if (kind !== 'vxlan' && kind !== 'ipip' && kind !== 'wireguard') continue;
    const name = tunnelFields[kind][underlay];
    const field = cni.mtuFields.find((candidate) => candidate.name === name);
    const value = Number(field?.value ?? 0);
    // 0 leaves it to Felix.
    if (field === undefined || !(value > 0) || value >= podMtuBytes) continue;
    plan.refuse(
      'tunnel-too-small',
      `${objectText(field.object)} holds the tunnel to ${value} bytes by ${name}, less than the ${podMtuBytes} of the pods. Change it to ${podMtuBytes} or take it out first.`,
    );
  }
}
