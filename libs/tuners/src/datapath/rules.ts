import type { RbacRule } from '@fairlead/core';
import { cniRules } from '../cni/rules.js';
import { defaultPool } from './calico-encapsulation.js';

const kubeSystem = { namespace: 'kube-system' } as const;
const inDefault = { namespace: 'default' } as const;

/** Every write names its object: nothing else of its kind may be changed. */
export const datapathRules: readonly RbacRule[] = [
  ...cniRules,
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    reason: 'Which pods use the host’s network, and so bypass what is changed.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['services'],
    verbs: ['list'],
    reason: 'How many Services there are: one request for one of them, and the number of the rest.',
  },
  {
    scope: inDefault,
    apiGroup: '',
    resources: ['services'],
    resourceNames: ['kubernetes'],
    verbs: ['get'],
    reason: 'To tell the API server’s own address from that of its Service.',
  },
  {
    scope: inDefault,
    apiGroup: 'discovery.k8s.io',
    resources: ['endpointslices'],
    resourceNames: ['kubernetes'],
    verbs: ['get'],
    reason: 'The API server’s own addresses, which agents need where they handle Services.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['cilium-config'],
    verbs: ['get', 'patch'],
    reason: 'Cilium’s agents take Services and routing from their ConfigMap.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['cilium'],
    verbs: ['get', 'patch'],
    reason: 'Cilium reads its configuration only when it starts, so its pods are rolled.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['kube-proxy'],
    verbs: ['get', 'patch'],
    reason:
      'To keep kube-proxy off the nodes where the CNI handles Services, and to bring it back.',
  },
  {
    scope: 'cluster',
    apiGroup: 'operator.tigera.io',
    resources: ['installations'],
    resourceNames: ['default'],
    verbs: ['get', 'patch'],
    reason: 'Calico’s operator takes encapsulation and data plane from this one object.',
  },
  {
    scope: 'cluster',
    apiGroup: 'projectcalico.org',
    resources: ['ippools'],
    resourceNames: [defaultPool],
    verbs: ['get', 'patch'],
    reason: 'The encapsulation of the pool that an installation without the operator makes.',
  },
];
