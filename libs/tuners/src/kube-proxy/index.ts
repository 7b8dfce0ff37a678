import type { RbacRule, Tuner } from '@fairlead/core';
import { cniRules } from '../cni/rules.js';
import { adviseKubeProxy } from './advise.js';
import { KubeProxyObservation, observeProxies } from './observe.js';
import { kubeProxyParameters } from './parameters.js';
import { planKubeProxy } from './plan.js';
import { kubeProxyProbes } from './probes.js';
import { KubeProxySettings } from './settings.js';

const kubeSystem = { namespace: 'kube-system' } as const;

const rbac: readonly RbacRule[] = [
  ...cniRules,
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['services'],
    verbs: ['get', 'list'],
    reason:
      'How many Services there are decides whether a mode matters; one of them is connected to.',
  },
  {
    scope: 'cluster',
    apiGroup: 'discovery.k8s.io',
    resources: ['endpointslices'],
    verbs: ['list'],
    reason: 'How many EndpointSlices there are: one object is read, with the number of the others.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list', 'delete'],
    reason: 'kube-proxy is restarted one node at a time, by ending its pod there.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['kube-proxy', 'kube-proxy-config'],
    verbs: ['get', 'patch'],
    reason: 'kube-proxy’s mode and its fields stand in its own configuration.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['kube-proxy'],
    verbs: ['get'],
    reason: 'Whose pods are ended and looked at.',
  },
];

export const kubeProxy: Tuner<KubeProxySettings, KubeProxyObservation> = {
  name: 'kube-proxy',
  title: 'kube-proxy',
  order: 70,
  settings: KubeProxySettings,
  observation: KubeProxyObservation,
  rbac,
  parameters: kubeProxyParameters,
  probes: kubeProxyProbes,
  observe: observeProxies,
  plan: planKubeProxy,
  advise: adviseKubeProxy,
};
