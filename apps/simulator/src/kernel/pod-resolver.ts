import type { ResolverReading } from '@fairlead/core';

export interface PodDns {
  readonly dnsPolicy?: string;
  readonly hostNetwork?: boolean;
  readonly dnsConfig?: {
    readonly nameservers?: readonly string[];
    readonly searches?: readonly string[];
    readonly options?: readonly { readonly name: string; readonly value?: string }[];
  };
}

/** The resolv.conf that a kubelet writes for a pod: its policy's, then what its dnsConfig adds or replaces. */
export function resolverFor(namespace: string, spec: PodDns, dnsAddress: string): ResolverReading {
  const { dnsPolicy = 'ClusterFirst', hostNetwork = false, dnsConfig = {} } = spec;
  const isOfCluster =
    dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  const base = isOfCluster ? clusterFirst(namespace, dnsAddress) : nodesOwn(dnsPolicy);
  const own = dnsConfig.options ?? [];
  const texts = own.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
  const isReplaced = (option: string) => own.some(({ name }) => option.split(':')[0] === name);
  return {
    nameservers: [...base.nameservers, ...(dnsConfig.nameservers ?? [])],
    searches: [...base.searches, ...(dnsConfig.searches ?? [])],
    options: [...base.options.filter((option) => !isReplaced(option)), ...texts],
  };
}

function clusterFirst(namespace: string, dnsAddress: string): ResolverReading {
  return {
    nameservers: [dnsAddress],
    searches: [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'],
    options: ['ndots:5'],
  };
}

function nodesOwn(dnsPolicy: string): ResolverReading {
  const nameservers = dnsPolicy === 'None' ? [] : ['10.89.0.1'];
  return { nameservers, searches: [], options: [] };
}
