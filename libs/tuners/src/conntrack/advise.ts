import type { Evidence, Finding } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import { unseenNodes } from '../unseen-nodes.js';
import { isAtLeast } from '../version.js';
import { kubeProxyWrites } from './kube-proxy-writes.js';
import type { ConntrackObservation, TableUse } from './observe.js';
import { entryBytes } from './table-size.js';
import { bucketsKey, conntrackKeys, maxKey } from './timeouts.js';

const kernelDocument = 'https://docs.kernel.org/networking/nf_conntrack-sysctl.html';
const virtualIps = 'https://kubernetes.io/docs/reference/networking/virtual-ips/';
const nearlyFull = 0.75;
/** What a full table may take of a node's memory without a second thought (domain.md 2.3). */
const memoryShare = 0.03;
const cap = 1_048_576;

/**
 * What the connection tables of a cluster suggest. Pure; never throws. Counters prove harm, a size alone
 * does not; whether a larger table helps, only a measured job tells. Source: domain.md 2.
 */
export function adviseConntrack(observed: ConntrackObservation): readonly Finding[] {
  const nodes = observed.nodes.toSorted((a, b) => byText(a.name, b.name));
  const use = observed.use.toSorted((a, b) => byText(a.node, b.node));
  return [
    ...exhaustion(observed, nodes, use),
    ...insertFailures(use),
    ...behindKubeProxy(observed, nodes),
    ...shrinksAtUpgrade(observed, nodes),
    ...fewBuckets(nodes),
    ...elsewhere(observed),
    ...unseenNodes({ tuner: 'conntrack', code: 'conntrack-unseen' }, nodes, conntrackKeys),
  ];
}

function exhaustion(
  observed: ConntrackObservation,
  nodes: readonly SeenNode[],
  use: readonly TableUse[],
): readonly Finding[] {
  const known = use.filter(({ drop, earlyDrop }) => drop !== null && earlyDrop !== null);
  const full = known.filter((row) => (row.drop ?? 0) + (row.earlyDrop ?? 0) > 0);
  const shares = known.flatMap((row) => {
    const share = shareOf(row, nodes);
    return share === null ? [] : [{ row, share }];
  });
  const near = shares.filter(({ share }) => share >= nearlyFull);
  const recommended = largerTable(observed, nodes);
  const common = {
    tuner: 'conntrack',
    parameters: [maxKey, bucketsKey],
    sources: [kernelDocument],
  };
  if (full.length > 0) {
    return [
      {
        ...common,
        code: 'conntrack-was-full',
        verdict: 'act',
        message: `The table was full since ${listed(full.map(({ node }) => node))} started: packets were dropped or entries evicted. Ask for a larger table, or shorter timeouts.`,
        evidence: full.flatMap(({ node, drop, earlyDrop }) => [
          counted('conntrack.drop', node, drop),
          counted('conntrack.early_drop', node, earlyDrop),
        ]),
        ...(recommended !== null && { recommended }),
      },
    ];
  }
  if (near.length > 0) {
    return [
      {
        ...common,
        code: 'conntrack-nearly-full',
        verdict: 'consider',
        message: `The table of ${listed(near.map(({ row }) => row.node))} is at least three quarters full, though nothing was dropped yet.`,
        evidence: near.map(({ row, share }) => used(row, share, nodes)),
        ...(recommended !== null && { recommended }),
      },
    ];
  }
  const fullest = shares.toSorted((a, b) => b.share - a.share || byText(a.row.node, b.row.node))[0];
  if (fullest === undefined) return [];
  return [
    {
      ...common,
      code: 'conntrack-has-room',
      verdict: 'leave-alone',
      message: `Nothing was dropped or evicted since the nodes started, and the fullest table is at ${percent(fullest.share)}: a larger one changes nothing today.`,
      evidence: [used(fullest.row, fullest.share, nodes)],
    },
  ];
}

/** Twice the smallest table, as far as memory and the settings' own bounds allow. */
function largerTable(
  { datapath }: ConntrackObservation,
  nodes: readonly SeenNode[],
): { maxEntries: number } | null {
  const sizes = nodes.flatMap(({ values }) => number(values[maxKey]) ?? []);
  const memories = nodes
    .filter(({ os, memoryBytes }) => os === 'linux' && memoryBytes > 0)
    .map(({ memoryBytes }) => memoryBytes);
  if (datapath !== null || sizes.length === 0 || memories.length === 0) return null;
  const affordable = Math.floor((Math.min(...memories) * memoryShare) / entryBytes);
  const wanted = Math.min(2 * Math.max(...sizes), 8_388_608);
  const maxEntries = Math.min(wanted, 2 ** Math.floor(Math.log2(Math.max(1, affordable))));
  return maxEntries > Math.max(...sizes) && maxEntries >= 32_768 ? { maxEntries } : null;
}

function insertFailures(use: readonly TableUse[]): readonly Finding[] {
  const failing = use.filter(({ insertFailed }) => (insertFailed ?? 0) > 0);
  if (failing.length === 0) return [];
  return [
    {
      tuner: 'conntrack',
      code: 'conntrack-insert-failed',
      verdict: 'consider',
      message:
        'Entries lost races for the same addresses and ports, as parallel DNS lookups do. No size of the table changes that; a node-local DNS cache does.',
      evidence: failing.map(({ node, insertFailed }) =>
        counted('conntrack.insert_failed', node, insertFailed),
      ),
      parameters: ['node-local-dns.installed'],
      sources: [kernelDocument, 'https://github.com/kubernetes/kubernetes/issues/56903'],
    },
  ];
}

/** Values set by hand that kube-proxy's next start takes back. Source: domain.md 2.2. */
function behindKubeProxy(
  { kubeProxy }: ConntrackObservation,
  nodes: readonly SeenNode[],
): readonly Finding[] {
  if (kubeProxy.kind !== 'daemon-set' || kubeProxy.section === null) return [];
  const { section, version } = kubeProxy;
  const onlyRaises = isAtLeast(version, '1.23') && !isAtLeast(version, '1.29');
  const evidence: Evidence[] = [];
  const keys = new Set<string>();
  for (const node of nodes) {
    for (const [key, configured] of kubeProxyWrites(section, node.cpus, version)) {
      const live = number(node.values[key]);
      if (live === null || live === Number(configured)) continue;
      if (onlyRaises && live > Number(configured)) continue;
      keys.add(key);
      evidence.push({ what: `${key} on ${node.name}`, value: `${live}`, where: node.name });
      evidence.push({
        what: `${key} by kube-proxy’s configuration`,
        value: configured,
        where: 'ConfigMap',
      });
    }
  }
  if (keys.size === 0) return [];
  return [
    {
      tuner: 'conntrack',
      code: 'conntrack-set-behind-kube-proxy',
      verdict: 'act',
      message: `${listed([...keys])} differs from what kube-proxy is configured to set: its next start puts its own value back. Set it through a profile, which edits kube-proxy’s configuration.`,
      evidence: evidence.slice(0, 20),
      parameters: [...keys].toSorted(byText),
      sources: [virtualIps, 'https://github.com/Azure/AKS/issues/3051'],
    },
  ];
}

/** From 1.36 on kube-proxy never asks for more than 1048576, whatever the CPUs say. Source: domain.md 2.1. */
function shrinksAtUpgrade(
  { kubeProxy }: ConntrackObservation,
  nodes: readonly SeenNode[],
): readonly Finding[] {
  if (kubeProxy.kind !== 'daemon-set' || kubeProxy.section === null) return [];
  if (isAtLeast(kubeProxy.version, '1.36')) return [];
  const { section, version } = kubeProxy;
  const large = nodes.filter(
    (node) => Number(kubeProxyWrites(section, node.cpus, version).get(maxKey) ?? 0) > cap,
  );
  if (large.length === 0) return [];
  return [
    {
      tuner: 'conntrack',
      code: 'conntrack-shrinks-at-upgrade',
      verdict: 'consider',
      message: `With Kubernetes 1.36 kube-proxy caps the table at ${cap} entries, less than ${listed(large.map(({ name }) => name))} holds now. Look at their use before the upgrade.`,
      evidence: large.map((node) => ({
        what: `${maxKey} on ${node.name}, ${node.cpus} CPUs`,
        value: node.values[maxKey] ?? 'not read',
        where: node.name,
      })),
      parameters: [maxKey, 'kube-proxy.conntrack.maxPerCore', 'kube-proxy.conntrack.min'],
      sources: [virtualIps],
    },
  ];
}

function fewBuckets(nodes: readonly SeenNode[]): readonly Finding[] {
  const long = nodes.filter(({ values }) => {
    const [max, buckets] = [number(values[maxKey]), number(values[bucketsKey])];
    return max !== null && buckets !== null && buckets > 0 && max > 4 * buckets;
  });
  if (long.length === 0) return [];
  return [
    {
      tuner: 'conntrack',
      code: 'conntrack-few-buckets',
      verdict: 'consider',
      message: `The hash table of ${listed(long.map(({ name }) => name))} has less than a quarter as many buckets as entries: lookups walk long chains when it fills. Ask for as many buckets as entries.`,
      evidence: long.map(({ name, values }) => ({
        what: `entries per bucket on ${name}`,
        value: `${values[maxKey]} / ${values[bucketsKey]}`,
        where: name,
      })),
      parameters: [bucketsKey],
      sources: [kernelDocument],
    },
  ];
}

function elsewhere({ datapath }: ConntrackObservation): readonly Finding[] {
  if (datapath === null) return [];
  return [
    {
      tuner: 'conntrack',
      code: 'conntrack-tracked-elsewhere',
      verdict: 'leave-alone',
      message: `${datapath} may track pods’ connections in maps of its own, so the kernel’s table holds only the rest.`,
      evidence: [{ what: 'data plane', value: datapath, where: 'DaemonSets' }],
      parameters: [maxKey, bucketsKey],
      sources: ['https://docs.cilium.io/en/stable/network/ebpf/maps/'],
    },
  ];
}

function shareOf({ node, count }: TableUse, nodes: readonly SeenNode[]): number | null {
  const max = number(nodes.find(({ name }) => name === node)?.values[maxKey]);
  return count === null || max === null || max <= 0 ? null : count / max;
}

function used({ node, count }: TableUse, share: number, nodes: readonly SeenNode[]): Evidence {
  const max = nodes.find(({ name }) => name === node)?.values[maxKey];
  return {
    what: `entries of ${max} on ${node}`,
    value: `${count} (${percent(share)})`,
    where: 'net.netfilter.nf_conntrack_count',
  };
}

function counted(counter: string, node: string, value: number | null): Evidence {
  return {
    what: `${counter} on ${node}`,
    value: String(value ?? 'not shown'),
    where: '/proc/net/stat/nf_conntrack',
  };
}

function number(text: string | null | undefined): number | null {
  return text !== null && text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
