import type { PlanDraft } from '@fairlead/core';
import { isAtLeast } from '../version.js';
import type { KubeProxyObservation } from './observe.js';
import type { ProxyMode } from './version-clock.js';

export interface ModeSwitch {
  readonly from: ProxyMode;
  readonly to: ProxyMode;
  /** IPVS as it will stand in the configuration. */
  readonly strictARP: boolean;
}

/**
 * What else in the cluster keys on kube-proxy's mode and does not go along.
 * Source: domain.md 1.3.6, 4.5, 6.1, 8.4.
 */
export function tellSurroundings(
  plan: PlanDraft,
  change: ModeSwitch,
  observed: KubeProxyObservation,
): void {
  if (change.to === 'nftables') {
    tellCalico(plan, observed);
    tellAwsCni(plan, observed);
  }
  if (change.to === 'ipvs') tellIpvsNeighbours(plan, change, observed);
  tellNodeLocal(plan, change, observed);
}

function tellCalico(plan: PlanDraft, { cni }: KubeProxyObservation): void {
  if (cni.calico === null && cni.name !== 'calico') return;
  const { version } = cni;
  if (version === null) {
    plan.warn(
      'cni-version-unseen',
      'Calico’s version could not be read. Before 3.29 it has no nftables data plane, and its policies would not hold beside kube-proxy’s nftables mode.',
    );
    return;
  }
  if (!isAtLeast(version, '3.29')) {
    plan.refuse(
      'cni-lacks-mode',
      `Calico ${version} has no nftables data plane, which kube-proxy’s nftables mode needs beside it. Take Calico 3.29 or later first.`,
    );
    return;
  }
  const asked =
    cni.calico?.felixEnvironment['FELIX_NFTABLESMODE'] ?? cni.calico?.felix?.nftablesMode ?? null;
  const mode = asked ?? (isAtLeast(version, '3.32') ? 'Auto' : 'Disabled');
  const dataplane = cni.calico?.installation?.linuxDataplane ?? null;
  if (mode.toLowerCase() !== 'disabled') {
    plan.warn(
      'cni-restarts',
      'Calico’s agent restarts itself on each node within 15 s of the switch, to follow kube-proxy.',
    );
    return;
  }
  plan.refuse(
    'cni-not-in-mode',
    dataplane === null
      ? `Calico ${version} is not set to nftables: its policies would not hold beside kube-proxy’s nftables mode. Set nftablesMode: Auto in FelixConfiguration default first.`
      : `Calico’s Installation says linuxDataplane: ${dataplane}. Set it to Nftables first: its operator writes nftablesMode accordingly.`,
    { patch: dataplane === null ? 'spec:\n  nftablesMode: Auto' : operatorPatch },
  );
}

const operatorPatch = 'spec:\n  calicoNetwork:\n    linuxDataplane: Nftables';

function tellAwsCni(plan: PlanDraft, { cni }: KubeProxyObservation): void {
  if (cni.name !== 'aws-vpc-cni') return;
  if (cni.version !== null && isAtLeast(cni.version, '1.23')) return;
  plan.refuse(
    'cni-lacks-mode',
    `The AWS VPC CNI ${cni.version ?? 'of a version that could not be read'} does not know kube-proxy’s nftables mode. Take 1.23.0 or later first.`,
  );
}

function tellIpvsNeighbours(
  plan: PlanDraft,
  { strictARP }: ModeSwitch,
  { neighbours }: KubeProxyObservation,
): void {
  if (neighbours.includes('azure-npm')) {
    plan.refuse(
      'cni-lacks-mode',
      'Azure Network Policy Manager does not work with ipvs mode. Leave the mode as it is, or take another policy engine first.',
    );
  }
  const hasMetalLb = neighbours.some((name) => name === 'speaker' || name.startsWith('metallb'));
  if (hasMetalLb && !strictARP) {
    plan.warn(
      'strict-arp',
      'MetalLB’s layer 2 mode needs strictARP when kube-proxy runs in ipvs mode: without it every node answers for every address. Set ipvs.strictARP.',
    );
  }
}

/** In ipvs mode the cluster's DNS address is bound on kube-ipvs0, so NodeLocal cannot take it over. */
function tellNodeLocal(
  plan: PlanDraft,
  { from, to }: ModeSwitch,
  { neighbours }: KubeProxyObservation,
): void {
  if (!neighbours.includes('node-local-dns')) return;
  if (from === 'ipvs' || to === 'ipvs') {
    plan.refuse(
      'node-local-dns-mode',
      'NodeLocal DNSCache is installed for the mode in force, and ipvs mode needs another way. Take it out with the dns tuner first, switch, and install it again.',
    );
    return;
  }
  plan.warn(
    'node-local-dns',
    'NodeLocal DNSCache writes iptables rules of its own; upstream does not say how it works beside nftables mode. Watch lookups on the first node.',
  );
  plan.interruptsDns();
}
