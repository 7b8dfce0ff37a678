import type { Plan } from '@fairlead/core';
import { planCalico } from './calico.js';
import { planCilium } from './cilium.js';
import { Drafting } from './drafting.js';
import type { DatapathObservation } from './observation.js';
import type { DatapathSettings } from './settings.js';

/**
 * Plans a cluster's data plane: Cilium's Services and routing, Calico's encapsulation and eBPF. Pure;
 * never throws.
 *
 * @param settings  what is asked of each CNI, and what the user confirms that no API tells
 * @param observed  the CNI's own configuration and who keeps it, kube-proxy, nodes
 * @returns         edits of the owner's configuration and the roll of its agents, or refusals by code;
 *                  no changes when it is as asked
 * Source: domain.md 6, 8.
 */
export function planDatapath(settings: DatapathSettings, observed: DatapathObservation): Plan {
  const drafting = new Drafting(settings, observed);
  const { plan } = drafting;
  const { name, title } = observed.cni;
  const asked = (['calico', 'cilium'] as const).filter((cni) => settings[cni] !== undefined);
  const others = asked.filter((cni) => cni !== name);
  const names = others.map((cni) => (cni === 'cilium' ? 'Cilium' : 'Calico')).join(' or ');
  if (others.length === asked.length) {
    plan.refuse(
      'other-cni',
      `The CNI of this cluster is ${title}, so there is nothing of ${names} to change. ${adviceFor(name)}`,
    );
  } else if (others.length > 0) {
    plan.warn(
      'other-cni',
      `The CNI of this cluster is ${title}: what is asked of ${names} is left aside.`,
    );
  }
  if (name === 'cilium' && settings.cilium !== undefined) planCilium(drafting, settings.cilium);
  if (name === 'calico' && settings.calico !== undefined) planCalico(drafting, settings.calico);
  drafting.tellNeeds();
  const draft = plan.finish();
  if (draft.changes.length === 0) return draft;
  tellHostNetwork(drafting);
  return plan.finish();
}

function adviceFor(name: DatapathObservation['cni']['name']): string {
  switch (name) {
    case 'flannel':
      return 'Leave its backend as it is: flannel’s own document says that the type must not change at runtime.';
    case 'aws-vpc-cni':
      return 'Leave it as it is: pods have addresses of the VPC, and nothing is encapsulated.';
    case 'kindnet':
      return 'Leave it as it is: it routes without encapsulation.';
    case 'ovn-kubernetes':
      return 'Leave it as it is: the Cluster Network Operator keeps it.';
    default:
      return 'Leave datapath out of this profile, or take the cluster out of the selection.';
  }
}

/** Who is not on pods' ways at all, and keeps what it has. */
function tellHostNetwork({ plan, observed }: Drafting): void {
  const users = observed.hostNetwork ?? [];
  if (users.length === 0) return;
  const pods = users.reduce((sum, user) => sum + user.pods, 0);
  const shown = users.slice(0, 20).map((user) => `${user.workload} (${user.pods})`);
  const more = users.length > shown.length ? ` and ${users.length - shown.length} more` : '';
  plan.warn(
    'host-network-pods',
    `${pods} ${pods === 1 ? 'pod uses' : 'pods use'} the host’s network: ${shown.join(', ')}${more}. They bypass the encapsulation and the MTU of pods, and most NetworkPolicies; Services they reach as any program of the node does, so whoever handles Services then handles theirs too.`,
  );
}
