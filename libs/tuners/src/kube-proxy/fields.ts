import type { Json } from '@fairlead/core';
import type { ProxyMode } from './version-clock.js';

/** One field of KubeProxyConfiguration that this tuner sets. */
export interface ProxyField {
  /** Where it stands: `iptables.minSyncPeriod`. */
  readonly path: readonly [section: string, name: string] | readonly [name: string];
  readonly kind: 'seconds' | 'truth' | 'scheduler' | 'addresses';
  /** Modes that read it. */
  readonly modes: readonly ProxyMode[];
  /** What an absent or null field, and `0s` where that means unset, stands for; null: the kernel's own. */
  readonly byDefault: Json;
  readonly since?: string;
}

const everyMode = ['iptables', 'nftables', 'ipvs'] as const;

/** Source: domain.md 1.1. A duration's default is in seconds. */
export const proxyFields = {
  nodePortAddresses: {
    path: ['nodePortAddresses'],
    kind: 'addresses',
    modes: everyMode,
    byDefault: null,
  },
  'iptables.syncPeriod': {
    path: ['iptables', 'syncPeriod'],
    kind: 'seconds',
    modes: ['iptables'],
    byDefault: 30,
  },
  'iptables.minSyncPeriod': {
    path: ['iptables', 'minSyncPeriod'],
    kind: 'seconds',
    modes: ['iptables'],
    byDefault: 1,
  },
  // ipvs mode masquerades by the iptables section too.
  'iptables.masqueradeAll': {
    path: ['iptables', 'masqueradeAll'],
    kind: 'truth',
    modes: ['iptables', 'ipvs'],
    byDefault: false,
  },
  'iptables.localhostNodePorts': {
    path: ['iptables', 'localhostNodePorts'],
    kind: 'truth',
    modes: ['iptables'],
    byDefault: true,
  },
  'nftables.syncPeriod': {
    path: ['nftables', 'syncPeriod'],
    kind: 'seconds',
    modes: ['nftables'],
    byDefault: 30,
    since: '1.29',
  },
  'nftables.minSyncPeriod': {
    path: ['nftables', 'minSyncPeriod'],
    kind: 'seconds',
    modes: ['nftables'],
    byDefault: 1,
    since: '1.29',
  },
  'nftables.masqueradeAll': {
    path: ['nftables', 'masqueradeAll'],
    kind: 'truth',
    modes: ['nftables'],
    byDefault: false,
    since: '1.29',
  },
  'ipvs.scheduler': {
    path: ['ipvs', 'scheduler'],
    kind: 'scheduler',
    modes: ['ipvs'],
    byDefault: 'rr',
  },
  'ipvs.syncPeriod': {
    path: ['ipvs', 'syncPeriod'],
    kind: 'seconds',
    modes: ['ipvs'],
    byDefault: 30,
  },
  // Whether newer releases default to 1 s was not seen (domain.md 11.4), so only a written value counts.
  'ipvs.minSyncPeriod': {
    path: ['ipvs', 'minSyncPeriod'],
    kind: 'seconds',
    modes: ['ipvs'],
    byDefault: null,
  },
  'ipvs.strictARP': {
    path: ['ipvs', 'strictARP'],
    kind: 'truth',
    modes: ['ipvs'],
    byDefault: false,
  },
  'ipvs.tcpTimeout': {
    path: ['ipvs', 'tcpTimeout'],
    kind: 'seconds',
    modes: ['ipvs'],
    byDefault: null,
  },
  'ipvs.tcpFinTimeout': {
    path: ['ipvs', 'tcpFinTimeout'],
    kind: 'seconds',
    modes: ['ipvs'],
    byDefault: null,
  },
  'ipvs.udpTimeout': {
    path: ['ipvs', 'udpTimeout'],
    kind: 'seconds',
    modes: ['ipvs'],
    byDefault: null,
  },
} as const satisfies Record<string, ProxyField>;

export type ProxyFieldName = keyof typeof proxyFields;
export const proxyFieldNames = Object.keys(proxyFields) as ProxyFieldName[];

/** Schedulers of IPVS; each but rr, wrr and sh needs a module of its own. Source: domain.md 1.1. */
export const schedulers = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'dh',
  'sed',
  'nq',
  'mh',
] as const;
