import type { AgentAnswer } from '@fairlead/core';
import { readConnections } from './connections.js';
import { ipvsSupport, readKernelParts } from './ipvs-support.js';
import { readMetrics } from './kube-proxy.js';
import { localhostNodePortPackets } from './metrics.js';
import { linesOf, ProgramFailed } from './programs.js';
import { hasLegacyTables } from './read-rules.js';

type Support = AgentAnswer<'read-proxy-support'>;

/**
 * What each mode of kube-proxy asks of a kernel: hooks for translation, maps of verdicts, random choice, masquerade,
 * rejection. `nft --check` has the kernel judge the rules and then drops them, so nothing is changed; names of modules
 * alone would not do, since a kernel may list nf_tables and still refuse the family (domain.md 1.2).
 */
const table = 'fairlead-check';
const natChains = [
  `add table ip ${table}`,
  `add chain ip ${table} in { type nat hook prerouting priority -100; }`,
  `add chain ip ${table} out { type nat hook postrouting priority 100; }`,
  `add chain ip ${table} service`,
  `add rule ip ${table} service ip protocol tcp dnat to 192.0.2.1:80`,
  `add rule ip ${table} out meta mark & 0x4000 != 0 masquerade fully-random`,
];
const nftablesRules = [
  ...natChains,
  `add map ip ${table} services { type ipv4_addr . inet_proto . inet_service : verdict; }`,
  `add rule ip ${table} in ip daddr . meta l4proto . th dport vmap @services`,
  `add rule ip ${table} in fib daddr type local return`,
  `add rule ip ${table} service numgen random mod 2 vmap { 0 : return, 1 : return }`,
  `add set ip ${table} clients { type ipv4_addr; flags dynamic,timeout; timeout 3h; }`,
  `add chain ip ${table} filter { type filter hook forward priority 0; }`,
  `add rule ip ${table} filter ct state new reject`,
];

/** What this node's kernel can do for each mode of kube-proxy, and who would notice a change of mode. */
export async function readProxySupport(): Promise<Support> {
  const [nft, iptables, parts, connections, metrics] = await Promise.all([
    judged(nftablesRules),
    iptablesSupport(),
    readKernelParts(),
    readConnections(),
    readMetrics(),
  ]);
  const why = nft ?? 'The kernel accepted the kinds of rules that nftables mode makes.';
  return {
    nft: { usable: nft === null, why },
    iptables,
    ipvs: ipvsSupport(parts),
    // kube-proxy counts packets of such connections; one that closed since leaves no other trace.
    localhostNodePorts: Math.max(
      connections.localhostNodePorts,
      localhostNodePortPackets(metrics ?? '') ?? 0,
    ),
    connections: { established: connections.established },
  };
}

/** Over nf_tables where the kernel takes that, since iptables does so too unless it is told otherwise; else legacy. */
async function iptablesSupport(): Promise<Support['iptables']> {
  const refused = await judged(natChains);
  if (refused === null) {
    const why = 'The kernel accepted chains for address translation over nf_tables.';
    return { usable: true, backend: 'nft', why };
  }
  if (await hasLegacyTables('/proc/net/ip_tables_names')) {
    const why = 'The kernel holds tables of legacy iptables.';
    return { usable: true, backend: 'legacy', why };
  }
  return { usable: false, backend: null, why: refused };
}

/** Null when the kernel would take the rules, otherwise its reason. */
async function judged(rules: readonly string[]): Promise<string | null> {
  try {
    await linesOf('nft', ['--check', rules.join('; ')]);
    return null;
  } catch (error) {
    if (error instanceof ProgramFailed) return error.message;
    throw error;
  }
}
