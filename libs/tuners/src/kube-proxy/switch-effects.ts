import { valueAt, type PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
import { isAtLeast } from '../version.js';
import type { KubeProxyObservation } from './observe.js';
import type { ProxyNode } from './seen-proxy.js';
import type { ProxyMode } from './version-clock.js';
import type { WantedField } from './wanted-config.js';

/** Services below which no published measurement shows a difference between modes. Source: domain.md 1.7. */
export const fewServices = 1000;

export interface SwitchedProxies {
  readonly from: ProxyMode;
  readonly to: ProxyMode;
  readonly wanted: readonly WantedField[];
  readonly observed: KubeProxyObservation;
  readonly nodes: readonly ProxyNode[];
}

/** What the new mode does otherwise than the old one. Source: domain.md 1.3.5. */
export function tellSwitchEffects(plan: PlanDraft, change: SwitchedProxies): void {
  const { to, observed } = change;
  if (observed.services !== null && observed.services < fewServices) {
    plan.warn(
      'few-services',
      `There are ${observed.services} Services: below about ${fewServices} no difference between the modes can be measured. Leave the mode as it is, unless its end of life is the reason.`,
    );
  }
  if (to === 'nftables') {
    tellNodePorts(plan, change);
    tellInvalidPackets(plan, change);
  }
  if (to === 'ipvs') {
    plan.warn(
      'ipvs-by-name-only',
      'Each node sees only its own connections, so IPVS’s schedulers balance no better than chance, and iptables rules are still used for masquerading. nftables mode finds a Service as fast.',
    );
  }
}

function tellNodePorts(plan: PlanDraft, { wanted, observed }: SwitchedProxies): void {
  const { kubeProxy, nodePortServices } = observed;
  if (nodePortServices === 0 || kubeProxy.kind !== 'daemon-set') return;
  const who =
    nodePortServices === null
      ? 'Services with node ports, which were not counted,'
      : `${nodePortServices} Services with node ports`;
  const held = valueAt(kubeProxy.configuration, ['nodePortAddresses']);
  const isSet =
    wanted.some(({ name }) => name === 'nodePortAddresses') ||
    (Array.isArray(held) && held.length > 0);
  if (!isSet) {
    plan.warn(
      'node-port-addresses',
      `In nftables mode ${who} answer only on each node’s primary address. Set nodePortAddresses to 0.0.0.0/0 and ::/0 to keep them on all addresses.`,
    );
  }
  plan.warn(
    'host-firewall',
    `iptables mode opens a restrictive host firewall for node ports, nftables mode does not: ${who} need rules of the firewall’s own.`,
  );
}

/** iptables mode drops packets that a kernel bug before 6.1 marks invalid; nftables mode does not. */
function tellInvalidPackets(plan: PlanDraft, { observed, nodes }: SwitchedProxies): void {
  const { kubeProxy } = observed;
  if (kubeProxy.kind !== 'daemon-set') return;
  if (valueAt(kubeProxy.configuration, ['conntrack', 'tcpBeLiberal']) === true) return;
  const old = nodes.filter(({ kernel }) => !isAtLeast(kernel, '6.1')).map(({ name }) => name);
  if (old.length === 0) return;
  plan.warn(
    'invalid-packets',
    `The kernel of ${listed(old)} is older than 6.1, where out-of-window packets may reset connections that iptables mode protects. Set tcpBeLiberal with the conntrack tuner if resets grow.`,
    old,
  );
}
