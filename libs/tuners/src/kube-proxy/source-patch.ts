import type { Json } from '@fairlead/core';
import { stringify } from 'yaml';
import { platformOf, type NodePlatform } from '../node-platform.js';
import type { SeenNode } from '../seen-node.js';
import type { WantedField } from './wanted-config.js';
import type { ProxyMode } from './version-clock.js';

export interface SourceChange {
  /** Null where the mode stays. */
  readonly mode: ProxyMode | null;
  readonly fields: readonly WantedField[];
}

/**
 * The same change for the place that keeps it: flags for k3s and RKE2, the add-on's values on EKS, and so
 * on; fields of a KubeProxyConfiguration anywhere else. Source: domain.md 1.5.
 */
export function sourcePatch(change: SourceChange, nodes: readonly SeenNode[]): string {
  const platforms = nodes.map(platformOf).filter((platform) => platform !== null);
  const [first] = platforms.toSorted();
  return (first === undefined ? null : forPlatform(first, change)) ?? yaml(asConfiguration(change));
}

function forPlatform(platform: NodePlatform, change: SourceChange): string | null {
  const { mode } = change;
  switch (platform) {
    case 'k3s':
    case 'rke2':
      return yaml({ 'kube-proxy-arg': asFlags(change) });
    case 'k0s':
      return yaml({ spec: { network: { kubeProxy: asConfiguration(change) } } });
    case 'talos':
      return yaml({
        cluster: { proxy: { ...(mode !== null && { mode }), extraArgs: asArguments(change) } },
      });
    case 'gardener':
      return mode === null
        ? null
        : yaml({ spec: { kubernetes: { kubeProxy: { mode: shootMode[mode] } } } });
    case 'kops':
      return mode === null ? null : yaml({ spec: { kubeProxy: { proxyMode: mode } } });
    case 'eks':
      return mode === null
        ? null
        : `aws eks update-addon --addon-name kube-proxy --cluster-name CLUSTER --configuration-values '${JSON.stringify({ mode, ...(mode === 'ipvs' && { ipvs: { scheduler: schedulerIn(change) } }) })}'`;
    case 'aks':
      return mode === null
        ? null
        : `az aks update --name CLUSTER --resource-group GROUP --kube-proxy-config '${JSON.stringify({ enabled: true, mode: mode.toUpperCase() })}'`;
    default:
      return null;
  }
}

const shootMode = { iptables: 'IPTables', nftables: 'NFTables', ipvs: 'IPVS' } as const;

function schedulerIn({ fields }: SourceChange): Json {
  return fields.find(({ name }) => name === 'ipvs.scheduler')?.value ?? 'rr';
}

/** The fields as they stand in a KubeProxyConfiguration. */
function asConfiguration({ mode, fields }: SourceChange): Json {
  const found: Record<string, Json> = mode === null ? {} : { mode };
  for (const { field, value } of fields) {
    const [section, name] = field.path;
    if (name === undefined) found[section] = value;
    else
      found[section] = { ...(found[section] as Record<string, Json> | undefined), [name]: value };
  }
  return found;
}

/** kube-proxy's flags; the nftables section has none, and takes those of iptables. Source: domain.md 1.1. */
const flags: Readonly<Record<WantedField['name'], string>> = {
  nodePortAddresses: 'nodeport-addresses',
  'iptables.syncPeriod': 'iptables-sync-period',
  'iptables.minSyncPeriod': 'iptables-min-sync-period',
  'iptables.masqueradeAll': 'masquerade-all',
  'iptables.localhostNodePorts': 'iptables-localhost-nodeports',
  'nftables.syncPeriod': 'iptables-sync-period',
  'nftables.minSyncPeriod': 'iptables-min-sync-period',
  'nftables.masqueradeAll': 'masquerade-all',
  'ipvs.scheduler': 'ipvs-scheduler',
  'ipvs.syncPeriod': 'ipvs-sync-period',
  'ipvs.minSyncPeriod': 'ipvs-min-sync-period',
  'ipvs.strictARP': 'ipvs-strict-arp',
  'ipvs.tcpTimeout': 'ipvs-tcp-timeout',
  'ipvs.tcpFinTimeout': 'ipvs-tcpfin-timeout',
  'ipvs.udpTimeout': 'ipvs-udp-timeout',
};

function asArguments({ fields }: SourceChange): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ name, value }) => [
      flags[name],
      Array.isArray(value) ? value.map(textOf).join(',') : textOf(value),
    ]),
  );
}

function asFlags(change: SourceChange): string[] {
  const mode = change.mode === null ? [] : [`proxy-mode=${change.mode}`];
  return [
    ...mode,
    ...Object.entries(asArguments(change)).map(([name, value]) => `${name}=${value}`),
  ];
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function yaml(value: Json): string {
  return stringify(value).trimEnd();
}
