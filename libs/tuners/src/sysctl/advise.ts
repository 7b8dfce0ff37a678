import type { Evidence, Finding } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import { unseenNodes } from '../unseen-nodes.js';
import { catalogue, sysctlKeys, type SysctlKey } from './catalogue.js';
import { portsOf, portsText, uncovered } from './growth.js';
import type { SysctlObservation } from './observe.js';

const hazards = 'https://docs.kernel.org/networking/ip-sysctl.html';
const podSysctls = 'https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/';
const nodePorts = [30_000, 32_767] as const;

/** Keys whose need only counters show, and the counters that show it. Source: domain.md 3.3, 7.2. */
const provedByCounters: Readonly<Partial<Record<SysctlKey, string>>> = {
  'net.core.netdev_max_backlog': 'softnet.dropped',
  'net.core.netdev_budget': 'softnet.time_squeeze',
  'net.core.netdev_budget_usecs': 'softnet.time_squeeze',
  'net.ipv4.tcp_rmem': 'TcpExt.TCPRcvCollapsed and TcpExt.PruneCalled',
  'net.core.rmem_max': 'Udp.RcvbufErrors',
  'net.core.wmem_max': 'Udp.SndbufErrors',
  'net.core.somaxconn': 'TcpExt.ListenOverflows',
  'net.ipv4.tcp_max_syn_backlog': 'TcpExt.TCPReqQFullDrop',
};

/**
 * What the kernel keys of a cluster suggest. Pure; never throws. An observation holds values and no
 * counters, so it can say what is wrong by itself, and not what a larger value would bring.
 * Source: domain.md 3.
 */
export function adviseSysctl(observed: SysctlObservation): readonly Finding[] {
  const nodes = observed.nodes.toSorted((a, b) => byText(a.name, b.name));
  const read = nodes.filter(({ problem, os }) => problem === null && os === 'linux');
  return [
    ...portRange(read),
    ...syncookiesOff(read),
    ...reuseForAll(read),
    ...neighbours(read),
    ...differing(read),
    ...bufferCapAlone(read),
    ...acceptQueue(read),
    ...writers(observed),
    ...unproved(read),
    ...unseenNodes({ tuner: 'sysctl', code: 'sysctl-unseen' }, nodes, sysctlKeys),
  ];
}

function portRange(nodes: readonly SeenNode[]): readonly Finding[] {
  const key = 'net.ipv4.ip_local_port_range';
  const open = nodes.flatMap((node) => {
    const [first = Number.NaN, last = Number.NaN] = (node.values[key] ?? '').split(' ').map(Number);
    if (!(first <= nodePorts[1] && last >= nodePorts[0])) return [];
    const met = [Math.max(first, nodePorts[0]), Math.min(last, nodePorts[1])] as const;
    const reserved = portsOf(node.values['net.ipv4.ip_local_reserved_ports'] ?? '');
    const left = uncovered([met], reserved);
    return left.length === 0 ? [] : [{ node, left: portsText(left) }];
  });
  if (open.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-ports-meet-node-ports',
      verdict: 'act',
      message: `Outgoing connections of ${listed(open.map(({ node }) => node.name))} may take ports that Services are given as NodePorts, and connections to those fail now and then. Start the range at 32768, or reserve the ports.`,
      evidence: open.map(({ node, left }) => ({
        what: `${key} on ${node.name}, NodePorts not reserved: ${left}`,
        value: node.values[key] ?? '',
        where: node.name,
      })),
      parameters: [key, 'net.ipv4.ip_local_reserved_ports', 'api-server.service-node-port-range'],
      recommended: { host: { [key]: { value: [32_768, 60_999] } }, allowDecrease: true },
      sources: [hazards],
    },
  ];
}

function syncookiesOff(nodes: readonly SeenNode[]): readonly Finding[] {
  const key = 'net.ipv4.tcp_syncookies';
  const off = nodes.filter(({ values }) => values[key] === '0');
  if (off.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-syncookies-off',
      verdict: 'act',
      message: `SYN cookies are off on ${listed(off.map(({ name }) => name))}: a flood of SYNs fills the queue and keeps everybody out. Set ${key} to 1.`,
      evidence: off.map((node) => valueOn(node, key)),
      parameters: [key],
      recommended: { host: { [key]: { value: 1 } } },
      sources: [hazards],
    },
  ];
}

function reuseForAll(nodes: readonly SeenNode[]): readonly Finding[] {
  const key = 'net.ipv4.tcp_tw_reuse';
  const all = nodes.filter(({ values }) => values[key] === '1');
  if (all.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-tw-reuse-for-all',
      verdict: 'consider',
      message:
        'tcp_tw_reuse is 1 on hosts, where kernels now default to 2. It concerns outgoing connections of the hosts alone, and reaches no pod: go back to the default unless a host runs out of ports.',
      evidence: all.map((node) => valueOn(node, key)),
      parameters: [key],
      recommended: { host: { [key]: { value: 2 } } },
      sources: [hazards],
    },
  ];
}

/** The table of neighbours is one for the whole machine; flannel and host routes fill it with every node. */
function neighbours(nodes: readonly SeenNode[]): readonly Finding[] {
  const key = 'net.ipv4.neigh.default.gc_thresh3';
  const small = nodes.filter(({ values }) => Number(values[key] ?? Infinity) < 4 * nodes.length);
  if (small.length === 0 || nodes.length < 100) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-neighbours-small',
      verdict: 'consider',
      message: `${nodes.length} nodes, and room for fewer than four neighbours for each: a full table drops packets to new ones.`,
      evidence: small.slice(0, 10).map((node) => valueOn(node, key)),
      parameters: [1, 2, 3].map((at) => `net.ipv4.neigh.default.gc_thresh${at}`),
      recommended: {
        host: {
          'net.ipv4.neigh.default.gc_thresh1': { atLeast: 8192 },
          'net.ipv4.neigh.default.gc_thresh2': { atLeast: 32_768 },
          'net.ipv4.neigh.default.gc_thresh3': { atLeast: 65_536 },
        },
      },
      sources: [hazards],
    },
  ];
}

/** Nodes of one kernel and size that hold different values: somebody set them by hand, or not everywhere. */
function differing(nodes: readonly SeenNode[]): readonly Finding[] {
  const evidence: Evidence[] = [];
  const keys: string[] = [];
  // The kernel sizes these by the machine’s memory.
  const bySize = new Set<string>(['net.ipv4.tcp_max_orphans', 'net.ipv4.tcp_max_syn_backlog']);
  for (const key of sysctlKeys.filter((name) => !bySize.has(name))) {
    const values = new Map<string, string[]>();
    for (const { name, values: held } of nodes) {
      const value = held[key];
      if (value === null || value === undefined) continue;
      values.set(value, [...(values.get(value) ?? []), name]);
    }
    if (values.size < 2) continue;
    keys.push(key);
    for (const [value, names] of [...values].toSorted(([a], [b]) => byText(a, b))) {
      evidence.push({
        what: `${key} on ${listed(names)}`,
        value: value === '' ? '(empty)' : value,
        where: key,
      });
    }
  }
  if (keys.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-values-differ',
      verdict: 'consider',
      message: `Nodes hold different values of ${listed(keys)}: what is measured on one does not hold on another. Make them the same, or measure by node pool.`,
      evidence: evidence.slice(0, 20),
      parameters: keys,
      sources: [hazards],
    },
  ];
}

function bufferCapAlone(nodes: readonly SeenNode[]): readonly Finding[] {
  const raised = nodes.filter(({ values }) => {
    const cap = Number(values['net.core.rmem_max'] ?? Number.NaN);
    const largest = Number((values['net.ipv4.tcp_rmem'] ?? '').split(' ')[2] ?? Number.NaN);
    return cap > 4 * 1024 * 1024 && largest <= 6_291_456;
  });
  if (raised.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-buffer-cap-alone',
      verdict: 'leave-alone',
      message:
        'rmem_max was raised and tcp_rmem was not. The first caps only what programs ask for (UDP, QUIC); TCP’s autotuning goes by the second, whose default covers 10 Gbit/s over 4 ms.',
      evidence: raised.flatMap((node) => [
        valueOn(node, 'net.core.rmem_max'),
        valueOn(node, 'net.ipv4.tcp_rmem'),
      ]),
      parameters: ['net.core.rmem_max', 'net.ipv4.tcp_rmem'],
      sources: [hazards],
    },
  ];
}

function acceptQueue(nodes: readonly SeenNode[]): readonly Finding[] {
  const key = 'net.core.somaxconn';
  const values = nodes.flatMap(({ values: held }) => held[key] ?? []);
  if (values.length === 0) return [];
  const smallest = Math.min(...values.map(Number));
  const isUsual = smallest >= 4096;
  return [
    {
      tuner: 'sysctl',
      code: isUsual ? 'sysctl-accept-queue-usual' : 'sysctl-accept-queue-small',
      verdict: isUsual ? 'leave-alone' : 'consider',
      message: isUsual
        ? 'Accept queues are as long as current kernels make them, and a host’s value reaches no pod: pods start with the kernel’s own 4096.'
        : `The hosts’ accept queues hold fewer than the usual 4096 connections. That concerns servers on the hosts’ network alone: pods have a value of their own.`,
      evidence: nodes
        .filter(({ values: held }) => held[key] !== undefined)
        .slice(0, 10)
        .map((node) => valueOn(node, key)),
      parameters: [key],
      ...(!isUsual && { recommended: { host: { [key]: { atLeast: 4096 } } } }),
      sources: [podSysctls],
    },
  ];
}

function writers({ writers: others }: SysctlObservation): readonly Finding[] {
  if (others.length === 0) return [];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-other-writers',
      verdict: 'leave-alone',
      message: `${listed(others.map(({ name }) => name))} writes kernel keys on nodes. Change those keys there: two writers undo each other’s work.`,
      evidence: others.map(({ name, keys }) => ({
        what: name,
        value: keys === null ? 'may write any key' : listed(keys),
        where: name,
      })),
      parameters: [...new Set(others.flatMap(({ keys }) => keys ?? []))].toSorted(byText),
      sources: ['https://github.com/gardener/gardener/pull/10431'],
    },
  ];
}

/** What a job would have to measure before anybody could say more. */
function unproved(nodes: readonly SeenNode[]): readonly Finding[] {
  if (nodes.length === 0) return [];
  const keys = Object.keys(provedByCounters) as SysctlKey[];
  return [
    {
      tuner: 'sysctl',
      code: 'sysctl-needs-counters',
      verdict: 'unknown',
      message:
        'Whether larger queues and buffers would help shows only in the growth of counters under load, which an observation does not have. Run a job with these keys at their present values to read them.',
      evidence: keys.map((key) => ({
        what: key,
        value: `default ${catalogue[key].kernelDefault}`,
        where: `counter ${provedByCounters[key]}`,
      })),
      parameters: keys,
      sources: [hazards],
    },
  ];
}

function valueOn({ name, values }: SeenNode, key: SysctlKey): Evidence {
  return { what: `${key} on ${name}`, value: values[key] ?? '(absent)', where: name };
}
