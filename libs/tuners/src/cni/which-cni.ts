import type { ClusterNode, SeenObject } from '@fairlead/core';
import { runsPods } from './agents.js';
import type { SeenCni } from './seen-cni.js';

type Name = SeenCni['name'];

/**
 * DaemonSets that own pod networking, the owner of routing first: Cilium and Calico may run chained
 * behind another plugin, for policy alone (domain.md 6.2). The registration's own, lighter look
 * (libs/kube facts) has the same table.
 */
const byDaemonSet: readonly (readonly [Name, RegExp])[] = [
  ['ovn-kubernetes', /^ovnkube-node$/],
  ['aws-vpc-cni', /^aws-node$/],
  ['flannel', /^(kube-flannel(-ds.*)?|canal)$/],
  ['kindnet', /^kindnet$/],
  ['cilium', /^cilium$/],
  ['calico', /^calico-node$/],
];

/** What runs inside another process shows only in the nodes' annotations. */
const byNodeAnnotation: readonly (readonly [Name, string])[] = [
  ['ovn-kubernetes', 'k8s.ovn.org/node-subnets'],
  ['flannel', 'flannel.alpha.coreos.com/backend-type'],
  ['calico', 'projectcalico.org/IPv4Address'],
];

/** Others that are known by name and by nothing else. */
const named: Readonly<Record<string, string>> = {
  anetd: 'GKE Dataplane V2',
  'antrea-agent': 'Antrea',
  'azure-cns': 'Azure CNI',
  'kube-ovn-cni': 'Kube-OVN',
  'kube-router': 'kube-router',
  'weave-net': 'Weave Net',
  netd: 'the GKE network plugin',
};

export interface FoundCni {
  readonly name: Name;
  /** Null when it runs inside another process. */
  readonly daemonSet: SeenObject | null;
  /** Names of other CNI agents that run. */
  readonly besides: readonly string[];
  /** A name for `unknown`, where one is known. */
  readonly title: string | null;
}

export function whichCni(
  daemonSets: readonly SeenObject[],
  nodes: readonly ClusterNode[],
): FoundCni {
  const running = daemonSets.filter(runsPods);
  const agents = byDaemonSet.flatMap(([name, pattern]) =>
    running
      .filter(({ metadata }) => pattern.test(metadata.name))
      .map((daemonSet) => ({ name, daemonSet })),
  );
  const [first, ...others] = agents;
  if (first !== undefined) {
    const besides = others
      .filter(({ name }) => name !== first.name)
      .map(({ daemonSet }) => daemonSet.metadata.name);
    return { ...first, besides: [...new Set(besides)], title: null };
  }
  // Annotations outlive the CNI that wrote them, so whatever else runs now is believed first.
  const other = running.find(({ metadata }) => Object.hasOwn(named, metadata.name));
  if (other !== undefined) {
    const title = named[other.metadata.name] ?? null;
    return { name: 'unknown', daemonSet: other, besides: [], title };
  }
  for (const [name, annotation] of byNodeAnnotation) {
    const has = nodes.some(({ annotations }) => Object.hasOwn(annotations, annotation));
    if (has) return { name, daemonSet: null, besides: [], title: null };
  }
  return { name: 'unknown', daemonSet: null, besides: [], title: null };
}
