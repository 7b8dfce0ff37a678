import { valueAt, type SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { isObject, listAt, textAt, textsAt } from '../json-reading.js';
import type { HostNetworkUser } from './observation.js';

/** Pods in the host's network by what makes them, by name. Pods that ended count for nothing. */
export function hostNetworkUsers(pods: readonly SeenObject[]): HostNetworkUser[] {
  const counted = new Map<string, number>();
  for (const pod of pods) {
    if (valueAt(pod, ['spec', 'hostNetwork']) !== true) continue;
    const phase = textAt(pod, ['status', 'phase']);
    if (phase === 'Succeeded' || phase === 'Failed') continue;
    const workload = workloadOf(pod);
    counted.set(workload, (counted.get(workload) ?? 0) + 1);
  }
  return [...counted]
    .map(([workload, count]) => ({ workload, pods: count }))
    .toSorted((a, b) => byText(a.workload, b.workload));
}

function workloadOf(pod: SeenObject): string {
  const namespace = textAt(pod, ['metadata', 'namespace']) ?? '';
  const { name } = pod.metadata;
  const controller = listAt(pod, ['metadata', 'ownerReferences']).find(
    (reference) => isObject(reference) && reference['controller'] === true,
  );
  const kind = textAt(controller, ['kind']);
  const owner = textAt(controller, ['name']) ?? '';
  if (kind === null) return `Pod ${namespace}/${name}`;
  if (kind === 'Node') {
    // A static pod's mirror carries its node's name at the end.
    const stem = name.endsWith(`-${owner}`) ? name.slice(0, -owner.length - 1) : name;
    return `static pods ${namespace}/${stem}`;
  }
  const hash = textsAt(pod, ['metadata', 'labels'])['pod-template-hash'];
  if (kind === 'ReplicaSet' && hash !== undefined && owner.endsWith(`-${hash}`)) {
    return `Deployment ${namespace}/${owner.slice(0, -hash.length - 1)}`;
  }
  return `${kind} ${namespace}/${owner}`;
}
