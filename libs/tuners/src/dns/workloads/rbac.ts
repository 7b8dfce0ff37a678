import type { RbacRule } from '@fairlead/core';

/** Part of the shipped manifest: it looks, and changes nothing. */
export const ndotsRules: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['services'],
    verbs: ['list'],
    reason: 'To tell names of Services, which may need the search path, from other words.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['deployments'],
    verbs: ['get', 'list'],
    reason: 'How many pod templates say ndots.',
  },
];

/**
 * What `ndots.workloads` needs in each namespace that it names. It is not part of the shipped manifest: who
 * may patch workloads in a namespace may run anything there.
 */
export function ndotsWorkloadRules(namespace: string): readonly RbacRule[] {
  const scope = { namespace };
  return [
    {
      scope,
      apiGroup: 'apps',
      resources: ['daemonsets', 'deployments', 'statefulsets'],
      verbs: ['get', 'patch'],
      reason: 'To set dnsConfig in the pod templates of named workloads.',
    },
    {
      scope,
      apiGroup: '',
      resources: ['configmaps'],
      verbs: ['get'],
      reason: 'To look for names that need the search path in what the workload is configured by.',
    },
    {
      scope,
      apiGroup: '',
      resources: ['pods'],
      verbs: ['list'],
      reason: 'To read resolv.conf inside the workload’s own pods.',
    },
  ];
}

/**
 * What `ndots.newPods` needs in the cluster. It is not part of the shipped manifest: who may make admission
 * policies may change every pod that is made.
 */
export const ndotsPolicyRules: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: 'admissionregistration.k8s.io',
    resources: ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'],
    verbs: ['get', 'create', 'patch', 'delete'],
    reason: 'The policy that gives new pods their ndots, and its binding.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['namespaces'],
    verbs: ['list'],
    reason: 'Which namespaces have the labels that a policy goes by.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    reason: 'To tell which pods run without what a policy gives to new ones.',
  },
];
