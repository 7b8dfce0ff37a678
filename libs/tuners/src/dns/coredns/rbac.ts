import type { RbacRule } from '@fairlead/core';
import { ownScalerName } from './autoscaler.js';

const kubeSystem = { namespace: 'kube-system' } as const;

export const coreDnsRules: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['get', 'list'],
    reason: 'Nodes tell of the platform that may keep CoreDNS itself.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['deployments', 'daemonsets'],
    verbs: ['get', 'list'],
    reason: 'To find CoreDNS, node-local caches, and autoscalers that run as Deployments.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    reason: 'Which pods answer DNS, and where they run.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['coredns'],
    verbs: ['get', 'patch'],
    reason: 'CoreDNS is configured by the Corefile in its ConfigMap.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['deployments'],
    resourceNames: ['coredns'],
    verbs: ['patch'],
    reason:
      'To roll CoreDNS where it does not reload its Corefile, and to put its number of pods back when our HPA goes.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    verbs: ['list', 'create'],
    reason: 'To see what scales CoreDNS already, and to make an HPA of our own.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'autoscaling',
    resources: ['horizontalpodautoscalers'],
    resourceNames: [ownScalerName],
    verbs: ['get', 'patch', 'delete'],
    reason: 'To change and remove the HPA that is ours.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'autoscaling.k8s.io',
    resources: ['verticalpodautoscalers'],
    verbs: ['list'],
    reason: 'A VPA changes the requests that an HPA counts by.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'keda.sh',
    resources: ['scaledobjects'],
    verbs: ['list'],
    reason: 'KEDA scales by objects of its own.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'policy',
    resources: ['poddisruptionbudgets'],
    verbs: ['list'],
    reason: 'Whether draining nodes may take all DNS pods at once.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apiregistration.k8s.io',
    resources: ['apiservices'],
    resourceNames: ['v1beta1.metrics.k8s.io'],
    verbs: ['get'],
    reason: 'An HPA on CPU needs the metrics API to answer.',
  },
];
