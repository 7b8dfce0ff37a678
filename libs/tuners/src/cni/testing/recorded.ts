import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenObject } from '@fairlead/core';
import { listAt, textsAt } from '../../json-reading.js';
import { aWorldNode } from '../../testing/nodes.js';
import { put, type World, type WorldNode } from '../../testing/world.js';

export const recordedNames = [
  'antrea',
  'aws-vpc-cni',
  'calico-manifest',
  'calico-operator',
  'cilium-helm',
  'cilium-manifest',
  'flannel',
  'flannel-in-k3s',
  'kindnet',
  'ovn-kubernetes',
] as const;
export type RecordedName = (typeof recordedNames)[number];

/** Objects of a cluster, as their projects' documentation lays them out; no cluster of ours ran them but flannel. */
export function recorded(name: RecordedName): SeenObject[] {
  const file = join(import.meta.dirname, `recorded/${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as SeenObject[];
}

/** A world that holds them. */
export function worldOf(name: RecordedName, ...more: SeenObject[]): World {
  const objects = [...recorded(name), ...more];
  const nodes = objects.filter(({ kind }) => kind === 'Node').map(worldNode);
  const world: World = { version: '1.36.3', nodes, objects: new Map() };
  for (const object of objects) if (object.kind !== 'Node') put(world, object);
  return world;
}

function worldNode(object: SeenObject): WorldNode {
  return aWorldNode({
    name: object.metadata.name,
    annotations: textsAt(object, ['metadata', 'annotations']),
    podCidrs: listAt(object, ['spec', 'podCIDRs']).filter((cidr) => typeof cidr === 'string'),
  });
}
