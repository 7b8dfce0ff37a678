import type { RbacRule, Tuner } from '@fairlead/core';
import { adviseConntrack } from './advise.js';
import { ConntrackObservation, observeConntrack } from './observe.js';
import { conntrackParameters } from './parameters.js';
import { planConntrack } from './plan.js';
import { conntrackProbes } from './probes.js';
import { ConntrackSettings } from './settings.js';

const kubeSystem = { namespace: 'kube-system' } as const;

const rbac: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['get', 'list'],
    reason: 'Which nodes there are, their CPUs and memory: a table costs memory.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', 'list'],
    reason: 'To find kube-proxy and others that write kernel keys on nodes.',
  },
  {
    scope: 'cluster',
    apiGroup: 'tuned.openshift.io',
    resources: ['tuneds'],
    verbs: ['list'],
    reason: 'Which kernel keys TuneD keeps, where it runs.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    reason: 'Some distributions run kube-proxy as static pods, which no DaemonSet shows.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['kube-proxy', 'kube-proxy-config'],
    verbs: ['get', 'patch'],
    reason: 'kube-proxy decides the table’s size and timeouts, so its own configuration is edited.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['kube-proxy'],
    verbs: ['get', 'patch'],
    reason: 'kube-proxy reads its configuration only when it starts, so its pods are rolled.',
  },
];

export const conntrack: Tuner<ConntrackSettings, ConntrackObservation> = {
  name: 'conntrack',
  title: 'Connection tracking',
  order: 30,
  settings: ConntrackSettings,
  observation: ConntrackObservation,
  rbac,
  parameters: conntrackParameters,
  probes: conntrackProbes,
  observe: observeConntrack,
  plan: planConntrack,
  advise: adviseConntrack,
};
