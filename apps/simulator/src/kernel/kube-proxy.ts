import { parse } from 'yaml';
import { z } from 'zod';
import type { KernelKeyName } from '@fairlead/core';
import type { NodeKernel } from './node-kernel.js';
import { isProxyMode } from './proxy-rules.js';

const Duration = z.union([z.string(), z.number()]).nullish();

const Config = z.looseObject({
  mode: z.string().nullish(),
  conntrack: z
    .looseObject({
      maxPerCore: z.int().nullish(),
      min: z.int().nullish(),
      tcpEstablishedTimeout: Duration,
      tcpCloseWaitTimeout: Duration,
      tcpBeLiberal: z.boolean().nullish(),
      udpTimeout: Duration,
      udpStreamTimeout: Duration,
    })
    .nullish(),
});

/** Entries above which kube-proxy of 1.36 and later does not scale by cores. */
const scaledCap = 1_048_576;

/**
 * What kube-proxy of a version does when it starts: to the connection table (domain.md 2.1, 2.2) and to packet rules.
 *
 * @param configText  `config.conf` of the ConfigMap
 * @param services    how many Services there are, whenever it is asked
 * @param version     `1.28.4`: decides whether values are only raised or set exactly
 * @returns           the mode that it then runs in
 * @throws            KernelRefusal or Error when it would not start
 */
export function startKubeProxy(
  kernel: NodeKernel,
  configText: string,
  version: string,
  services: () => number = () => 1,
): string {
  const config = Config.parse(parse(configText) ?? {});
  const mode = config.mode || 'iptables';
  if (!isProxyMode(mode)) throw new Error(`unknown proxy mode ${mode}`);
  const minor = Number(version.split('.')[1]);
  const conntrack = config.conntrack ?? {};

  const max = wantedMax(
    conntrack.maxPerCore ?? 32_768,
    conntrack.min ?? 131_072,
    kernel.node.cpus,
    minor,
  );
  if (max !== null) setMax(kernel, max, minor);
  setTimeoutKey(
    kernel,
    'net.netfilter.nf_conntrack_tcp_timeout_established',
    conntrack.tcpEstablishedTimeout ?? '24h',
    minor,
  );
  setTimeoutKey(
    kernel,
    'net.netfilter.nf_conntrack_tcp_timeout_close_wait',
    conntrack.tcpCloseWaitTimeout ?? '1h',
    minor,
  );
  if (minor >= 29) {
    setTimeoutKey(
      kernel,
      'net.netfilter.nf_conntrack_udp_timeout',
      conntrack.udpTimeout ?? 0,
      minor,
    );
    setTimeoutKey(
      kernel,
      'net.netfilter.nf_conntrack_udp_timeout_stream',
      conntrack.udpStreamTimeout ?? 0,
      minor,
    );
    if (conntrack.tcpBeLiberal === true)
      setKey(kernel, 'net.netfilter.nf_conntrack_tcp_be_liberal', 1, minor);
  }
  kernel.proxyRules.start(mode, services, kernel.now());
  return mode;
}

/** Null leaves the table alone: `min` is ignored too then. */
export function wantedMax(
  maxPerCore: number,
  min: number,
  cpus: number,
  minor: number,
): number | null {
  if (maxPerCore === 0) return null;
  const scaled = maxPerCore * cpus;
  if (minor >= 36 && scaled > scaledCap) return scaledCap;
  return Math.max(scaled, min);
}

function setMax(kernel: NodeKernel, max: number, minor: number): void {
  // From 1.38 the limit alone is only raised again, while timeouts stay exact.
  const isRaiseOnly = minor >= 38 || onlyRaises(minor);
  const now = kernel.number('net.netfilter.nf_conntrack_max');
  if (isRaiseOnly ? now < max : now !== max)
    kernel.writeHost('net.netfilter.nf_conntrack_max', String(max));
  const buckets = Math.floor(max / 4);
  if (kernel.number('net.netfilter.nf_conntrack_buckets') < buckets) {
    kernel.writeHost('net.netfilter.nf_conntrack_buckets', String(buckets));
  }
}

function onlyRaises(minor: number): boolean {
  return minor >= 23 && minor <= 28;
}

function setTimeoutKey(
  kernel: NodeKernel,
  key: KernelKeyName,
  duration: string | number,
  minor: number,
): void {
  const seconds = secondsOf(duration);
  if (seconds > 0) setKey(kernel, key, seconds, minor);
}

function setKey(kernel: NodeKernel, key: KernelKeyName, value: number, minor: number): void {
  const now = kernel.number(key);
  if (onlyRaises(minor) ? now < value : now !== value) kernel.writeHost(key, String(value));
}

/** Go's `24h0m0s`, as whole seconds. A bare number is nanoseconds, as Go decodes it. */
export function secondsOf(duration: string | number): number {
  if (typeof duration === 'number') return Math.floor(duration / 1e9);
  const unit: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...duration.matchAll(/([\d.]+)(h|ms|m|s)/g)];
  return Math.floor(
    parts.reduce((sum, [, count, name]) => sum + Number(count) * (unit[name ?? ''] ?? 0), 0),
  );
}
