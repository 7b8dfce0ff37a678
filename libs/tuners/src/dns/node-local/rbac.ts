import type { RbacRule } from '@fairlead/core';
import { cacheNames } from './manifests.js';

const kubeSystem = { namespace: 'kube-system' } as const;
const groups = { ServiceAccount: '', Service: '', ConfigMap: '', DaemonSet: 'apps' } as const;
const reasons = {
  ServiceAccount: 'The node-local cache runs as an account of its own, without rights.',
  Service: 'The node-local cache asks CoreDNS by a second address, since it takes the first one.',
  ConfigMap: 'The node-local cache’s own configuration.',
  DaemonSet: 'The node-local cache itself, one on each node.',
} as const;

export const nodeLocalRules: readonly RbacRule[] = [
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['nodes'],
    verbs: ['get', 'list'],
    reason: 'A cache runs on every node, and providers that run one are told by their nodes.',
  },
  {
    scope: 'cluster',
    apiGroup: 'apps',
    resources: ['daemonsets'],
    verbs: ['get', 'list'],
    reason: 'To find caches of others, and data planes that go past the rules of a cache.',
  },
  {
    scope: 'cluster',
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['cilium-config'],
    verbs: ['get'],
    reason: 'Whether Cilium replaces kube-proxy.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['configmaps'],
    resourceNames: ['coredns'],
    verbs: ['get'],
    reason: 'Whether CoreDNS has autopath, and the cluster’s domain.',
  },
  {
    scope: kubeSystem,
    apiGroup: '',
    resources: ['services'],
    resourceNames: ['kube-dns'],
    verbs: ['get'],
    reason: 'The address that pods ask, and the pods behind it.',
  },
  // Server-side apply names what it makes, so that making may be limited to these names as well.
  ...cacheNames.map(({ kind, name }): RbacRule => ({
    scope: kubeSystem,
    apiGroup: groups[kind],
    resources: [`${kind.toLowerCase()}s`],
    resourceNames: [name],
    verbs: ['get', 'create', 'patch', 'delete'],
    reason: reasons[kind],
  })),
];
