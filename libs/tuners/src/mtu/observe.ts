import { z } from 'zod';
import {
  measurePaths,
  podLink,
  type ClusterNode,
  type ClusterReader,
  type LinkReading,
  type NodeReport,
} from '@fairlead/core';
import { byName } from '../by-text.js';
import { observeCni } from '../cni/observe-cni.js';
import { SeenCni } from '../cni/seen-cni.js';
import { digestOf, PathDigest } from './path-digest.js';
import { hostEnds, observeRunningPods, RunningPods } from './running-pods.js';
import type { MtuSettings } from './settings.js';

export const MtuNode = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  os: z.enum(['linux', 'windows']),
  /** Why nobody on it answered; null when an agent did. */
  problem: z.string().nullable(),
  /** The link that has the node's own address. */
  uplink: z.strictObject({ name: z.string(), mtuBytes: z.number() }).nullable(),
  /** Links of the pod network on the host: bridges and tunnels. */
  podNetwork: z.array(z.strictObject({ name: z.string(), mtuBytes: z.number() })),
  /** What a pod that was started for this observation got; null where none started. */
  newPodMtuBytes: z.number().nullable(),
});
export type MtuNode = z.infer<typeof MtuNode>;

export const MtuObservation = z.strictObject({
  version: z.string(),
  cni: SeenCni,
  nodes: z.array(MtuNode),
  /** Between the nodes themselves, which carry what wraps the pods' packets. */
  hostPaths: PathDigest,
  /** Between new pods on them. */
  podPaths: PathDigest,
  running: z.array(RunningPods),
});
export type MtuObservation = z.infer<typeof MtuObservation>;

/** No link takes more. */
const ceilingBytes = 65_535;
const podNetworkLink =
  /^(cni\d|cbr\d|flannel|vxlan|tunl\d|wireguard|wg\d|cilium_|antrea|geneve|genev_)/;

/**
 * What pods' links take, and what the paths between nodes carry. Requests to the API server: one list each
 * of nodes, DaemonSets and running pods, and what the CNI's
 * own look needs. An agent on the host and one in a pod of its own start on every node. Settings change
 * nothing.
 */
export async function observeMtu(
  reader: ClusterReader,
  _settings: MtuSettings | null,
  signal: AbortSignal,
): Promise<MtuObservation> {
  const [nodes, cni, hosts, pods] = await Promise.all([
    reader.nodes(signal),
    observeCni(reader, signal),
    reader.askHosts({ do: 'read-links' }, signal),
    reader.askPods({ do: 'read-links' }, signal),
  ]);
  const ends = new Map(
    hosts.flatMap((report) =>
      'answer' in report ? [[report.node, hostEnds(report.answer.links)] as const] : [],
    ),
  );
  const [hostPaths, podPaths, running] = await Promise.all([
    measurePaths(reader, 'hosts', ceilingBytes, signal),
    measurePaths(reader, 'pods', ceilingBytes, signal),
    observeRunningPods(reader, ends, signal),
  ]);
  return {
    version: reader.version,
    cni,
    nodes: nodes.toSorted(byName).map((node) => nodeOf(node, hosts, pods)),
    hostPaths: digestOf(hostPaths),
    podPaths: digestOf(podPaths),
    running,
  };
}

type Reports = readonly NodeReport<'read-links'>[];

function nodeOf(node: ClusterNode, hosts: Reports, pods: Reports): MtuNode {
  const host = hosts.find((report) => report.node === node.name);
  const pod = pods.find((report) => report.node === node.name);
  const links = linksOf(host);
  const own = new Set(node.addresses);
  const uplink = links.find(({ addresses }) => addresses.some((address) => own.has(address)));
  return {
    name: node.name,
    ready: node.ready,
    os: node.os,
    problem: problemOf(host) ?? problemOf(pod),
    uplink: uplink === undefined ? null : { name: uplink.name, mtuBytes: uplink.mtuBytes },
    podNetwork: links
      .filter(({ name }) => podNetworkLink.test(name))
      .map(({ name, mtuBytes }) => ({ name, mtuBytes })),
    newPodMtuBytes: podLink(linksOf(pod))?.mtuBytes ?? null,
  };
}

function linksOf(report: NodeReport<'read-links'> | undefined): readonly LinkReading[] {
  return report !== undefined && 'answer' in report ? report.answer.links : [];
}

function problemOf(report: NodeReport<'read-links'> | undefined): string | null {
  if (report === undefined) return 'no agent ran there';
  return 'problem' in report ? report.problem : null;
}
