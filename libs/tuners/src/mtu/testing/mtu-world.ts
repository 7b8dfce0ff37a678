import {
  valueAt,
  type AgentOrder,
  type Json,
  type LinkReading,
  type ObjectRef,
  type PathReading,
  type SeenObject,
} from '@fairlead/core';
import { numberAt, textAt } from '../../json-reading.js';
import { find, put, type World, type WorldNode } from '../../testing/world.js';

/**
 * Links and paths of a world's nodes. Packets are arithmetic: a path carries the smaller of its ends' uplinks and of
 * `pathBytes`, a tunnel 50 bytes less. What new pods get stands in `newPodMtu` of each node; a pod's own MTU in an
 * annotation of its object, as nothing but its kernel would know it.
 */
export interface MtuWorld {
  readonly uplinkBytes: number;
  /** Between any two nodes; null where nothing comes through. */
  readonly pathBytes: number | null;
  readonly isSilent: boolean;
  /** By node. */
  readonly newPodMtu: Map<string, number>;
}

type Ends = 'hosts' | 'pods';

const mtuAnnotation = 'world.test/mtu';
const agentPort = 10_712;
const token = 'a'.repeat(32);
const tunnelBytes = 50;

export interface PodDraft {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly mtu: number;
  readonly owner: string;
  readonly kind: string;
}

export function addRunningPod(world: World, pod: PodDraft): void {
  const isDeployment = pod.kind === 'Deployment';
  const owner = isDeployment
    ? { kind: 'ReplicaSet', name: `${pod.owner}-5d8f` }
    : { kind: pod.kind, name: pod.owner };
  put(world, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: pod.namespace,
      name: pod.name,
      uid: uidOf(pod.name),
      labels: isDeployment ? { 'pod-template-hash': '5d8f' } : {},
      annotations: { [mtuAnnotation]: String(pod.mtu) },
      ownerReferences: [{ apiVersion: 'apps/v1', controller: true, ...owner }],
    },
    spec: { nodeName: pod.node },
    status: { phase: 'Running' },
  });
}

/** A UUID for a name, the same each time. */
function uidOf(name: string): string {
  const digits = [...name].map((letter) => letter.charCodeAt(0).toString(16)).join('');
  return `00000000-0000-4000-8000-${digits.slice(-12).padStart(12, '0')}`;
}

/** What an agent answers; undefined for an order that is not about links or paths. */
export function answerAboutMtu(
  world: World,
  node: WorldNode,
  order: AgentOrder,
  ends: Ends,
): unknown {
  const { mtu } = world;
  if (mtu === undefined) return undefined;
  const own = ends === 'hosts' ? (node.addresses[0] ?? '') : podAddress(world, node);
  const podMtu = mtu.newPodMtu.get(node.name) ?? 0;
  switch (order.do) {
    case 'read-links': {
      const links =
        ends === 'hosts' ? hostLinks(world, mtu, node, own) : [link('eth0', podMtu, own)];
      return { links };
    }
    case 'read-pod-links':
      return { pods: order.podUids.map((uid) => podLinks(world, node, uid)) };
    case 'path-listen': {
      const isOwn = order.addresses.includes(own);
      return { targets: isOwn ? [{ address: own, port: agentPort, token }] : [] };
    }
    case 'path-mtu': {
      const others = order.targets.filter(({ address }) => address !== own);
      const linkMtu = ends === 'hosts' ? mtu.uplinkBytes : podMtu;
      const largest = Math.min(order.ceilingBytes, linkMtu);
      return { paths: others.map(({ address }) => pathTo(mtu, ends, address, linkMtu, largest)) };
    }
    default:
      return undefined;
  }
}

function pathTo(
  { uplinkBytes, pathBytes, isSilent }: MtuWorld,
  ends: Ends,
  address: string,
  linkMtuBytes: number,
  largest: number,
): PathReading {
  const path = { address, from: 'here', link: 'eth0', linkMtuBytes };
  if (pathBytes === null) return { ...path, passesBytes: null, stoppedBy: 'no-answer' };
  const outer = Math.min(uplinkBytes, pathBytes) - (ends === 'pods' ? tunnelBytes : 0);
  if (outer >= largest) return { ...path, passesBytes: largest, stoppedBy: 'interface' };
  return { ...path, passesBytes: outer, stoppedBy: isSilent ? 'silence' : 'too-big' };
}

function podAddress(world: World, { name }: WorldNode): string {
  return `10.244.${world.nodes.findIndex((node) => node.name === name)}.9`;
}

function hostLinks(world: World, mtu: MtuWorld, node: WorldNode, address: string): LinkReading[] {
  const pods = [...world.objects.values()].filter((object) => isPodOn(object, node));
  return [
    link('eth0', mtu.uplinkBytes, address),
    link('cni0', Math.min(mtu.newPodMtu.get(node.name) ?? 0, ...pods.map(mtuOf))),
    // Made with what the uplink leaves, and kept.
    link('flannel.1', Math.max(mtu.uplinkBytes, 1500) - tunnelBytes),
    ...pods.map((pod, at) => link(`veth${at}`, mtuOf(pod))),
  ];
}

function link(name: string, mtuBytes: number, ...addresses: string[]): LinkReading {
  return { name, mtuBytes, addresses };
}

function podLinks(world: World, node: WorldNode, podUid: string) {
  const pod = [...world.objects.values()].find(
    (object) => object.metadata['uid'] === podUid && isPodOn(object, node),
  );
  const links = pod === undefined ? [] : [link('eth0', mtuOf(pod), '10.244.0.9')];
  return { podUid, found: pod !== undefined, links };
}

function isPodOn(object: SeenObject, { name }: WorldNode): boolean {
  return object.kind === 'Pod' && textAt(object, ['spec', 'nodeName']) === name;
}

function mtuOf(pod: SeenObject): number {
  return Number(textAt(pod, ['metadata', 'annotations', mtuAnnotation]) ?? 0);
}

/** What a rolled DaemonSet or workload does: flannel reads its configuration, pods are made anew. */
export function restartForMtu(world: World, ref: ObjectRef): void {
  const { mtu } = world;
  if (mtu === undefined) return;
  if (ref.kind === 'DaemonSet' && ref.name === 'kube-flannel-ds') {
    const fresh = flannelMtu(world, mtu);
    for (const { name } of world.nodes) mtu.newPodMtu.set(name, fresh);
    return;
  }
  for (const pod of [...world.objects.values()]) {
    const owner = textAt(pod, ['metadata', 'ownerReferences', '0', 'name']) ?? '';
    const isOfIt = owner === ref.name || owner === `${ref.name}-5d8f`;
    if (pod.kind !== 'Pod' || pod.metadata['namespace'] !== ref.namespace || !isOfIt) continue;
    const fresh = mtu.newPodMtu.get(textAt(pod, ['spec', 'nodeName']) ?? '') ?? 0;
    const annotations = { [mtuAnnotation]: String(fresh) };
    put(world, { ...pod, metadata: { ...pod.metadata, annotations } });
  }
}

function flannelMtu(world: World, { uplinkBytes }: MtuWorld): number {
  const configMap = find(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: 'kube-flannel',
    name: 'kube-flannel-cfg',
  });
  const text = valueAt(configMap ?? undefined, ['data', 'net-conf.json']);
  const config = JSON.parse(typeof text === 'string' ? text : '{}') as Json;
  return (numberAt(config, ['Backend', 'MTU']) ?? uplinkBytes) - tunnelBytes;
}
