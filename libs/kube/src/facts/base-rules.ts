import type { RbacRule } from '@fairlead/core';

/** What the engine, the observation and the agents need, whatever the tuners add. */
export const baseRules: readonly RbacRule[] = baseRulesIn('fairlead-system');

/** The same for an installation whose own objects live in another namespace. */
export function baseRulesIn(ownNamespace: string): readonly RbacRule[] {
  const own = { namespace: ownNamespace };
  return [
    {
      scope: 'cluster',
      apiGroup: '',
      resources: ['namespaces'],
      resourceNames: ['kube-system'],
      verbs: ['get'],
      reason: "The namespace's uid tells one cluster from another; it is read before every write.",
    },
    {
      scope: 'cluster',
      apiGroup: '',
      resources: ['nodes'],
      verbs: ['get', 'list'],
      reason:
        'Agents are started node by node, and kernel and kubelet versions decide what is possible.',
    },
    {
      scope: 'cluster',
      apiGroup: 'apps',
      resources: ['daemonsets'],
      verbs: ['get', 'list'],
      reason: 'The pod network and kube-proxy are told by their DaemonSets.',
    },
    {
      scope: { namespace: 'kube-system' },
      apiGroup: '',
      resources: ['configmaps'],
      resourceNames: ['kube-proxy', 'kube-proxy-config', 'cilium-config'],
      verbs: ['get'],
      reason:
        "kube-proxy's mode stands in its configuration, and Cilium's says whether it replaces it.",
    },
    {
      scope: { namespace: 'kube-system' },
      apiGroup: '',
      resources: ['pods'],
      verbs: ['list'],
      reason: 'Some distributions run kube-proxy as static pods, which no DaemonSet shows.',
    },
    {
      scope: { namespace: 'kube-system' },
      apiGroup: '',
      resources: ['services'],
      resourceNames: ['kube-dns'],
      verbs: ['get'],
      reason: 'DNS probes ask the address that pods ask.',
    },
    {
      scope: own,
      apiGroup: 'coordination.k8s.io',
      resources: ['leases'],
      verbs: ['create'],
      reason: 'The Lease object that keeps two installations off one cluster.',
    },
    {
      scope: own,
      apiGroup: 'coordination.k8s.io',
      resources: ['leases'],
      resourceNames: ['fairlead-writer'],
      verbs: ['get', 'update', 'delete'],
      reason: 'The same Lease: renewed while a job runs, deleted when it ends.',
    },
    {
      scope: own,
      apiGroup: 'batch',
      resources: ['jobs'],
      verbs: ['create', 'list', 'delete', 'deletecollection'],
      reason: 'Agents run as Jobs for the length of a tuning job.',
    },
    {
      scope: own,
      apiGroup: '',
      resources: ['pods'],
      verbs: ['list', 'watch'],
      reason: 'To see when an agent runs, why one does not, and that none is left.',
    },
    {
      scope: own,
      apiGroup: '',
      resources: ['pods/attach'],
      // API servers before 1.35 ask for `get` where newer ones ask for `create` on a WebSocket.
      verbs: ['get', 'create'],
      reason: 'The way to the agents: their standard input and output. It starts no program.',
    },
    {
      scope: own,
      apiGroup: '',
      resources: ['events'],
      verbs: ['list'],
      reason: 'Why a pod of an agent was never made stands in events alone.',
    },
    {
      scope: own,
      apiGroup: '',
      resources: ['services'],
      verbs: ['create', 'deletecollection'],
      reason: 'One ClusterIP for each end of a probe.',
    },
  ];
}
