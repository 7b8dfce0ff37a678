import type { ClusterFacts, ClusterNode, SeenObject } from '@fairlead/core';
import { runsPods } from './daemon-sets.js';

export type Cni = ClusterFacts['cni'];

/**
 * Names of the DaemonSets that own pod networking, the owner of routing first: Cilium and Calico may
 * run chained behind another plugin, for policy alone, and then do not decide routes or MTU
 * (domain.md 6.2).
 */
const byDaemonSet: readonly (readonly [Cni, RegExp])[] = [
  ['ovn-kubernetes', /^ovnkube-node$/],
  ['aws-vpc-cni', /^aws-node$/],
  ['flannel', /^(kube-flannel(-ds.*)?|canal)$/],
  ['kindnet', /^kindnet$/],
  ['cilium', /^cilium$/],
  ['calico', /^calico-node$/],
];

/** k3s and others run flannel inside the kubelet's process: only the nodes' annotations tell. */
const byNodeAnnotation: readonly (readonly [Cni, string])[] = [
  ['ovn-kubernetes', 'k8s.ovn.org/node-subnets'],
  ['flannel', 'flannel.alpha.coreos.com/backend-type'],
  ['calico', 'projectcalico.org/IPv4Address'],
];

export function detectCni(
  daemonSets: readonly SeenObject[],
  nodes: readonly Pick<ClusterNode, 'annotations'>[],
): Cni {
  const running = daemonSets.filter(runsPods);
  for (const [cni, name] of byDaemonSet) {
    if (running.some(({ metadata }) => name.test(metadata.name))) return cni;
  }
  for (const [cni, annotation] of byNodeAnnotation) {
    if (nodes.some(({ annotations }) => Object.hasOwn(annotations, annotation))) return cni;
  }
  return 'unknown';
}
