import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenObject } from '@fairlead/core';
import { put, type World } from '../../testing/world.js';

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

/** A world that holds them, without nodes of the engine's kind. */
export function worldOf(name: RecordedName, ...more: SeenObject[]): World {
  const world: World = { version: '1.36.3', nodes: [], objects: new Map() };
  for (const object of [...recorded(name), ...more]) put(world, object);
  return world;
}
