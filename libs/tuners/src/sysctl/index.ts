import { reachOf, type OwnedParameter, type RbacRule, type Tuner } from '@fairlead/core';
import { adviseSysctl } from './advise.js';
import { catalogue, sysctlKeys } from './catalogue.js';
import { observeSysctl, SysctlObservation } from './observe.js';
import { planSysctl } from './plan.js';
import { sysctlProbes } from './probes.js';
import { SysctlSettings } from './settings.js';
import { sinceKernel, titles } from './titles.js';

const rbac: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['get', 'list'],
    reason: 'Which nodes there are, their labels, kubelet and kernel versions.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', 'list'],
    reason: 'To find others that write kernel keys on nodes, and workloads that carry sysctls.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['deployments'],
    verbs: ['get', 'list'],
    reason: 'To see which pod templates carry sysctls.',
  },
  {
    scope: 'cluster',
    apiGroup: 'tuned.openshift.io',
    resources: ['tuneds'],
    verbs: ['list'],
    reason: 'Which kernel keys TuneD keeps, where it runs.',
  },
  {
    scope: { namespace: 'fairlead-system' },
    apiGroup: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', 'create', 'patch', 'delete'],
    reason:
      'The DaemonSet that writes kernel keys when a node starts, when a profile asks to persist.',
  },
];

/**
 * What the settings' `pods` need besides, in each namespace that they name. It is not part of the
 * shipped manifest: who may patch workloads in a namespace may run anything there.
 */
export function podSysctlRules(namespace: string): readonly RbacRule[] {
  const scope = { namespace };
  return [
    {
      scope,
      apiGroup: 'apps',
      resources: ['deployments', 'daemonsets'],
      verbs: ['get', 'patch'],
      reason: 'To set securityContext.sysctls in the pod templates of named workloads.',
    },
    {
      scope,
      apiGroup: '',
      resources: ['pods'],
      verbs: ['list'],
      reason: 'To read the values inside the workload’s own pods.',
    },
  ];
}

const parameters: readonly OwnedParameter[] = sysctlKeys.map((name) => ({
  name,
  title: titles[name],
  owner: 'kernel',
  unit: catalogue[name].unit,
  value: catalogue[name].shape,
  ...(sinceKernel[name] !== undefined && { sinceKernel: sinceKernel[name] }),
  scope: reachOf(name) === 'new-pods' ? 'new-pods' : 'node',
  cost: 'none',
  source: catalogue[name].source,
}));

export const sysctl: Tuner<SysctlSettings, SysctlObservation> = {
  name: 'sysctl',
  title: 'Kernel network keys',
  order: 40,
  settings: SysctlSettings,
  observation: SysctlObservation,
  rbac,
  parameters,
  probes: sysctlProbes,
  observe: observeSysctl,
  plan: planSysctl,
  advise: adviseSysctl,
};
