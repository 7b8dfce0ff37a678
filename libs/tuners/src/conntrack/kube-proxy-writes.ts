import type { KernelKeyName } from '@fairlead/core';
import { isAtLeast } from '../version.js';
import { secondsOf } from '../proxy-config/go-duration.js';
import type { ConntrackSection } from './kube-proxy.js';
import { beLiberalKey, maxKey, timeoutNames, timeouts, type KubeProxyField } from './timeouts.js';

/** What kube-proxy sets for an absent or null field. */
const defaults = {
  maxPerCore: 32_768,
  min: 131_072,
  tcpEstablishedTimeout: 86_400,
  tcpCloseWaitTimeout: 3600,
} as const;
const cap = 1_048_576;

function countOf(section: ConntrackSection, field: 'maxPerCore' | 'min'): number {
  const value = section[field];
  return typeof value === 'number' ? value : defaults[field];
}

/** Seconds that a field stands for; 0 means that kube-proxy leaves the timeout alone. */
export function configuredSeconds(section: ConntrackSection, field: KubeProxyField): number {
  const value = section[field];
  if (typeof value === 'string') return Math.trunc(secondsOf(value) ?? 0);
  if (typeof value === 'number') return 0;
  return field in defaults ? defaults[field as keyof typeof defaults] : 0;
}

/** The table size that kube-proxy wants on a node; null when it leaves the size alone. Source: domain.md 2.1. */
export function configuredMax(
  section: ConntrackSection,
  cpus: number,
  version: string,
): number | null {
  const maxPerCore = countOf(section, 'maxPerCore');
  if (maxPerCore <= 0) return null;
  const min = countOf(section, 'min');
  const scaled = maxPerCore * cpus;
  if (isAtLeast(version, '1.36') && scaled > cap) return cap;
  return Math.max(scaled, min);
}

/**
 * The keys that kube-proxy sets whenever it starts on a node with so many CPUs, as kernel text.
 * Only later releases write UDP timeouts and the liberal flag. The hash table is not among them: it
 * is raised to a quarter of the size where it is smaller.
 * Source: domain.md 2.1, 2.2.
 */
export function kubeProxyWrites(
  section: ConntrackSection,
  cpus: number,
  version: string,
): Map<KernelKeyName, string> {
  const writes = new Map<KernelKeyName, string>();
  const max = configuredMax(section, cpus, version);
  if (max !== null) writes.set(maxKey, String(max));
  for (const name of timeoutNames) {
    const { key, kubeProxyField } = { kubeProxyField: undefined, ...timeouts[name] };
    if (kubeProxyField === undefined) continue;
    const isUdp = name === 'udp' || name === 'udpStream';
    if (isUdp && !isAtLeast(version, '1.29')) continue;
    const seconds = configuredSeconds(section, kubeProxyField);
    if (seconds > 0) writes.set(key, String(seconds));
  }
  if (section['tcpBeLiberal'] === true && isAtLeast(version, '1.29')) writes.set(beLiberalKey, '1');
  return writes;
}
