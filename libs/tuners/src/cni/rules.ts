import type { RbacRule } from '@fairlead/core';

/**
 * What looking at a CNI needs, for each tuner that does. The ConfigMaps are named, and read wherever
 * they are: their namespaces (kube-flannel, calico-system, tigera-operator) exist only where that CNI
 * runs, and a Role cannot be applied where its namespace does not.
 */
export const cniRules: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', 'list'],
    reason: 'Which CNI runs its agents, in which version, and who keeps them.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['get', 'list'],
    reason: 'Families of pod addresses, and the annotations of a CNI that has no pods.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: [
      'calico-config',
      'canal-config',
      'cilium-config',
      'kube-flannel-cfg',
      'kubernetes-services-endpoint',
    ],
    verbs: ['get'],
    reason: 'Encapsulation, routing and MTU stand in the CNI’s own ConfigMap.',
  },
  {
    scope: 'cluster',
    apiGroup: 'operator.tigera.io',
    resources: ['installations'],
    verbs: ['get'],
    reason: 'Where Calico’s operator takes its configuration from.',
  },
  ...['projectcalico.org', 'crd.projectcalico.org'].flatMap((apiGroup): RbacRule[] => [
    {
      scope: 'cluster',
      apiGroup,
      resources: ['felixconfigurations'],
      verbs: ['get'],
      reason: 'Calico’s data plane, its MTU fields and its encryption.',
    },
    {
      scope: 'cluster',
      apiGroup,
      resources: ['ippools'],
      verbs: ['get', 'list'],
      reason: 'Each of Calico’s pools has an encapsulation of its own.',
    },
  ]),
  {
    scope: 'cluster',
    apiGroup: 'cilium.io',
    resources: ['ciliumnodeconfigs'],
    verbs: ['list'],
    reason: 'They overrule Cilium’s ConfigMap on some nodes.',
  },
  {
    scope: 'cluster',
    apiGroup: 'operator.openshift.io',
    resources: ['networks'],
    verbs: ['get'],
    reason: 'The MTU of OVN-Kubernetes, which the Cluster Network Operator keeps.',
  },
];
