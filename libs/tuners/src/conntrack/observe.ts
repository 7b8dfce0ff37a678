import { z } from 'zod';
import type { AgentAnswer, ClusterReader, NodeReport } from '@fairlead/core';
import { byText } from '../by-text.js';
import { KeyWriter, observeKeyWriters } from '../key-writers.js';
import { observeKubeProxy } from '../proxy-config/observe-kube-proxy.js';
import { observeNodes, SeenNode } from '../seen-node.js';
import { conntrackView, KubeProxyView } from './kube-proxy.js';
import type { ConntrackSettings } from './settings.js';
import { conntrackKeys } from './timeouts.js';

/** Counters of a node since it started; null where the kernel does not show one. */
export const TableUse = z.strictObject({
  node: z.string(),
  /** Entries at the moment. */
  count: z.number().nonnegative().nullable(),
  /** Packets dropped since no new entry could be made. */
  drop: z.number().nonnegative().nullable(),
  /** Entries evicted to make room for others. */
  earlyDrop: z.number().nonnegative().nullable(),
  /** Entries that lost a race for the same addresses and ports: not a matter of size. */
  insertFailed: z.number().nonnegative().nullable(),
});
export type TableUse = z.infer<typeof TableUse>;

/** What handles Service traffic besides the kernel's own table. */
const replacements = {
  cilium: 'Cilium',
  anetd: 'GKE Dataplane V2',
  'ovnkube-node': 'OVN-Kubernetes',
} as const;

export const ConntrackObservation = z.strictObject({
  version: z.string(),
  nodes: z.array(SeenNode),
  use: z.array(TableUse),
  kubeProxy: KubeProxyView,
  /** A datapath that may keep connections in maps of its own. */
  datapath: z.string().nullable(),
  writers: z.array(KeyWriter),
});
export type ConntrackObservation = z.infer<typeof ConntrackObservation>;

/**
 * Reads the table's keys and counters on each node, and who decides them. Requests to the API server:
 * nodes and all DaemonSets, one list each, and kube-proxy's ConfigMap; two lists of pods in kube-system
 * where kube-proxy has no DaemonSet; the Tuned profiles where TuneD runs. Settings change nothing.
 */
export async function observeConntrack(
  reader: ClusterReader,
  _settings: ConntrackSettings | null,
  signal: AbortSignal,
): Promise<ConntrackObservation> {
  const [nodes, counters, daemonSets] = await Promise.all([
    observeNodes(reader, [...conntrackKeys, 'net.netfilter.nf_conntrack_count'], signal),
    reader.askHosts({ do: 'read-counters' }, signal),
    reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
  ]);
  const names = new Set(daemonSets.map(({ metadata }) => metadata.name));
  const [, datapath = null] = Object.entries(replacements).find(([name]) => names.has(name)) ?? [];
  return {
    version: reader.version,
    nodes,
    use: counters.map((report) => useOf(report, nodes)).toSorted((a, b) => byText(a.node, b.node)),
    kubeProxy: conntrackView(await observeKubeProxy(daemonSets, nodes, reader, signal)),
    datapath,
    writers: await observeKeyWriters(daemonSets, reader, signal),
  };
}

function useOf(report: NodeReport<'read-counters'>, nodes: readonly SeenNode[]): TableUse {
  const answer = 'answer' in report ? report.answer : null;
  const seen = nodes.find(({ name }) => name === report.node);
  const count = seen?.values['net.netfilter.nf_conntrack_count'] ?? null;
  return {
    node: report.node,
    count: count === null || !/^\d+$/.test(count) ? null : Number(count),
    drop: counter(answer, 'conntrack.drop'),
    earlyDrop: counter(answer, 'conntrack.early_drop'),
    insertFailed: counter(answer, 'conntrack.insert_failed'),
  };
}

function counter(answer: AgentAnswer<'read-counters'> | null, name: string): number | null {
  return answer?.counters.find((reading) => reading.name === name)?.value ?? null;
}
