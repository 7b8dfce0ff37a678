import { refOf, valueAt, type SeenObject } from '@fairlead/core';
import { foreignOwnerOf } from '../foreign-owner.js';
import { listAt, numberAt, textAt } from '../json-reading.js';
import type { SeenAgents } from './seen-cni.js';

/** False for a DaemonSet that a node selector keeps off every node. */
export function runsPods(daemonSet: SeenObject): boolean {
  return numberAt(daemonSet, ['status', 'desiredNumberScheduled']) !== 0;
}

/** @param container  name of the container whose image tells the version; the first one without it */
export function agentsOf(daemonSet: SeenObject, container?: string): SeenAgents {
  const containers = listAt(daemonSet, ['spec', 'template', 'spec', 'containers']);
  const own = containers.find((candidate) => textAt(candidate, ['name']) === container);
  const unavailable = valueAt(daemonSet, [
    'spec',
    'updateStrategy',
    'rollingUpdate',
    'maxUnavailable',
  ]);
  const isNumberOrText = typeof unavailable === 'number' || typeof unavailable === 'string';
  return {
    object: refOf(daemonSet),
    owner: foreignOwnerOf(daemonSet),
    image: textAt(own ?? containers[0], ['image']),
    updateStrategy: textAt(daemonSet, ['spec', 'updateStrategy', 'type']) ?? 'RollingUpdate',
    maxUnavailable: isNumberOrText ? unavailable : 1,
    pods: wholeAt(daemonSet, 'desiredNumberScheduled'),
    ready: wholeAt(daemonSet, 'numberReady'),
  };
}

/** `1.19.3` of `quay.io/cilium/cilium:v1.19.3@sha256:…`; null for a tag that is no version. */
export function versionOf(image: string | null): string | null {
  return /:v?(\d+\.\d+\.\d+)/.exec(image ?? '')?.[1] ?? null;
}

/** Environment variables with a value of their own, by name; those that come from elsewhere are left out. */
export function environmentOf(daemonSet: SeenObject, container: string): Record<string, string> {
  const containers = listAt(daemonSet, ['spec', 'template', 'spec', 'containers']);
  const own = containers.find((candidate) => textAt(candidate, ['name']) === container);
  const found: Record<string, string> = {};
  for (const variable of listAt(own, ['env'])) {
    const [name, value] = [textAt(variable, ['name']), textAt(variable, ['value'])];
    if (name !== null && value !== null) found[name] = value;
  }
  return found;
}

/** Where the value of a variable stands in the DaemonSet; the list of variables when it has none of that name. */
export function environmentPath(daemonSet: SeenObject, container: string, name: string): string[] {
  const path = ['spec', 'template', 'spec', 'containers'];
  const containers = listAt(daemonSet, path);
  const at = containers.findIndex((candidate) => textAt(candidate, ['name']) === container);
  const list = [...path, String(Math.max(0, at)), 'env'];
  const place = listAt(daemonSet, list).findIndex((each) => textAt(each, ['name']) === name);
  return place === -1 ? list : [...list, String(place), 'value'];
}

function wholeAt(daemonSet: SeenObject, member: string): number {
  const found = numberAt(daemonSet, ['status', member]);
  return found !== null && Number.isInteger(found) && found >= 0 ? found : 0;
}
