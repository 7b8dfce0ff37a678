import type { OwnedParameter, RbacRule, Tuner } from '@fairlead/core';
import { cniRules } from '../cni/rules.js';
import { adviseMtu } from './advise.js';
import { MtuObservation, observeMtu } from './observe.js';
import { planMtu } from './plan.js';
import { mtuProbes } from './probes.js';
import { MtuSettings, PodMtu } from './settings.js';

const kubeSystem = { namespace: 'kube-system' } as const;

const rbac: readonly RbacRule[] = [
  ...cniRules,
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['pods'],
    verbs: ['list'],
    reason: 'Running pods keep the MTU that they were made with, and a plan names them.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['calico-config', 'cilium-config'],
    verbs: ['get', 'patch'],
    reason: 'The MTU of pods stands in the CNI’s own ConfigMap.',
  },
  {
    scope: kubeSystem,
    apiGroup: 'apps',
    resources: ['daemonsets'],
    resourceNames: ['calico-node', 'cilium'],
    verbs: ['get', 'patch'],
    reason: 'The CNI’s agents read the MTU only when they start, so their pods are rolled.',
  },
  {
    scope: 'cluster',
    apiGroup: 'operator.tigera.io',
    resources: ['installations'],
    resourceNames: ['default'],
    verbs: ['get', 'patch'],
    reason: 'Calico’s operator takes the MTU from its Installation alone.',
  },
];

/**
 * What flannel's MTU needs besides. It is not part of the shipped manifest, which could not be applied where
 * flannel's namespace does not exist.
 */
export function flannelRules(namespace = 'kube-flannel'): readonly RbacRule[] {
  const scope = { namespace };
  return [
    {
      scope,
      apiGroup: '',
      resources: ['configmaps'],
      resourceNames: ['kube-flannel-cfg'],
      verbs: ['get', 'patch'],
      reason: 'The MTU of pods stands in flannel’s own ConfigMap.',
    },
    {
      scope,
      apiGroup: 'apps',
      resources: ['daemonsets'],
      resourceNames: ['kube-flannel-ds'],
      verbs: ['get', 'patch'],
      reason: 'flannel reads the MTU only when it starts, so its pods are rolled.',
    },
  ];
}

/**
 * What `recreatePods: listed` needs besides, in each namespace that the settings name. It is not part of
 * the shipped manifest: who may patch workloads in a namespace may run anything there.
 */
export function podRestartRules(namespace: string): readonly RbacRule[] {
  return [
    {
      scope: { namespace },
      apiGroup: 'apps',
      resources: ['daemonsets', 'deployments', 'statefulsets'],
      verbs: ['get', 'patch'],
      reason: 'To roll the workloads whose pods keep a former MTU.',
    },
  ];
}

const common = {
  owner: 'cni',
  value: PodMtu,
  unit: 'bytes',
  scope: 'new-pods',
  cost: 'agent-restart',
} as const;

const parameters: readonly OwnedParameter[] = [
  {
    ...common,
    name: 'cni.flannel.Backend.MTU',
    title: 'Backend.MTU of net-conf.json: the link outside flannel’s tunnel',
    source: 'https://github.com/flannel-io/flannel/blob/v0.28.9/Documentation/backends.md',
  },
  {
    ...common,
    name: 'cni.calico.mtu',
    title:
      'Installation spec.calicoNetwork.mtu, or veth_mtu of calico-config: the link of each pod',
    source: 'https://docs.tigera.io/calico/latest/networking/configuring/mtu',
  },
  {
    ...common,
    name: 'cni.cilium.MTU',
    title:
      'mtu of cilium-config, MTU of the chart: the underlay, of which routes in pods leave less',
    source: 'https://docs.cilium.io/en/stable/network/concepts/routing/',
  },
];

export const mtu: Tuner<MtuSettings, MtuObservation> = {
  name: 'mtu',
  title: 'MTU of pods',
  // After everything that only some nodes or workloads feel, before the datapath (domain.md 8.1).
  order: 80,
  settings: MtuSettings,
  observation: MtuObservation,
  rbac,
  parameters,
  probes: mtuProbes,
  observe: observeMtu,
  plan: planMtu,
  advise: adviseMtu,
};
