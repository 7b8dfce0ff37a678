import { valueAt, type Json, type JsonObject, type SeenObject } from '@fairlead/core';
import { recorded, type RecordedName } from '../../cni/testing/recorded.js';
import { aWorldNode } from '../../testing/nodes.js';
import { reconcile } from '../../testing/controllers-model.js';
import { put, type World, type WorldNode } from '../../testing/world.js';

export interface NodeDraft {
  readonly ready: boolean;
  readonly os: 'linux' | 'windows';
  readonly kernel: string;
  readonly kubeletVersion: string;
  /** With prefix length; null where the CNI's annotation does not tell. */
  readonly subnet: string | null;
}

export const aNode: NodeDraft = {
  ready: true,
  os: 'linux',
  kernel: '6.8.0-60-generic',
  kubeletVersion: 'v1.36.3',
  subnet: '10.0.0.0/24',
};

/** A recorded cluster with these nodes, its API server at 10.0.0.10, and members of its objects changed. */
export function aWorld(
  name: RecordedName,
  nodes: readonly NodeDraft[] = [aNode, aNode],
  changes: readonly (readonly [
    object: string,
    path: readonly string[],
    value: Json | undefined,
  ])[] = [],
  more: readonly JsonObject[] = [],
): World {
  const world: World = { version: '1.36.3', nodes: nodes.map(worldNode), objects: new Map() };
  for (const object of recorded(name)) if (object.kind !== 'Node') put(world, object);
  for (const object of [...apiServer, hostPod, ...more]) put(world, object);
  for (const [object, path, value] of changes) {
    const found = world.objects.get(object);
    if (found === undefined) throw new Error(`${name} has no ${object}`);
    put(world, withMember(found, path, value) as SeenObject);
  }
  for (const daemonSet of [...world.objects.values()].filter(({ kind }) => kind === 'DaemonSet')) {
    const linux = nodes.filter(({ os }) => os === 'linux').length;
    const status = daemonSet['status'] as JsonObject;
    const missing = Number(status['desiredNumberScheduled']) - Number(status['numberReady']);
    const counts = { desiredNumberScheduled: linux, numberReady: Math.max(0, linux - missing) };
    put(world, { ...daemonSet, status: { ...status, ...counts } });
  }
  reconcile(world);
  return world;
}

export function withMember(value: Json, path: readonly string[], member: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return member ?? null;
  const held = (value ?? {}) as JsonObject;
  const inner = rest.length === 0 ? member : withMember(held[step] ?? {}, rest, member);
  const changed = { ...held, [step]: inner };
  if (inner === undefined) delete (changed as Record<string, Json | undefined>)[step];
  return Array.isArray(value) ? (Object.values(changed) as Json[]) : changed;
}

export function memberOf(world: World, object: string, path: readonly string[]): Json | undefined {
  return valueAt(world.objects.get(object), path);
}

function worldNode({ subnet, ...node }: NodeDraft, at: number): WorldNode {
  const name = `node-${at}`;
  return aWorldNode({
    ...node,
    name,
    osImage: 'Ubuntu 24.04.3 LTS',
    addresses: [`10.0.0.${at + 11}`],
    labels: { 'kubernetes.io/os': node.os, 'kubernetes.io/hostname': name },
    annotations: subnet === null ? {} : { 'projectcalico.org/IPv4Address': subnet },
    podCidrs: [`10.244.${at}.0/24`],
  });
}

const apiServer: readonly JsonObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name: 'kubernetes' },
    spec: { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1'] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { namespace: 'default', name: 'kubernetes' },
    endpoints: [{ addresses: ['10.0.0.10'] }],
  },
];

const hostPod: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'kube-system',
    name: 'etcd-node-0',
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'node-0', controller: true }],
  },
  spec: { hostNetwork: true },
  status: { phase: 'Running' },
};
