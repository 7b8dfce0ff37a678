import type { KubeObject } from '../api/kube-object.js';
import { createPod, kinds, ownedBy, setStatus, templateHash, type Machinery } from './machinery.js';
import { isReady, phaseOf, specOf, type DaemonSetSpec } from './workload-types.js';

const hashLabel = 'controller-revision-hash';

/** A pod on each node that the selector finds; new templates node by node. Taints are not modelled. */
export function reconcileDaemonSet(machinery: Machinery, set: KubeObject): void {
  if (set.metadata.deletionTimestamp !== undefined) return;
  const spec = specOf<DaemonSetSpec>(set);
  const hash = templateHash(spec.template);
  const nodes = nodesFor(machinery, spec);
  const pods = ownedBy(machinery, kinds.pod, set);
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);

  for (const pod of living) {
    if (!nodes.includes(nodeOf(pod))) machinery.deleter.delete(kinds.pod, pod, {});
    // A pod that its kubelet rejects would be rejected again at once: the real controller backs off too.
    else if (['Failed', 'Succeeded'].includes(phaseOf(pod))) replaceLater(machinery, pod);
  }
  for (const nodeName of nodes.filter((name) => !pods.some((pod) => nodeOf(pod) === name))) {
    createPod(machinery, set, spec.template, { nodeName, labels: { [hashLabel]: hash } });
  }
  if (spec.updateStrategy.type === 'RollingUpdate') rollOn(machinery, spec, nodes, living, hash);
  report(machinery, set, nodes, hash);
}

function replaceLater({ api, deleter, timers }: Machinery, pod: KubeObject): void {
  const { namespace, name, uid } = pod.metadata;
  timers.after(1000, () => {
    const now = api.store.get(kinds.pod, namespace, name);
    if (now?.metadata.uid === uid) deleter.delete(kinds.pod, now, {});
  });
}

function nodesFor({ api }: Machinery, spec: DaemonSetSpec): readonly string[] {
  const wanted = Object.entries(spec.template.spec.nodeSelector ?? {});
  return api.store
    .list(kinds.node)
    .filter((node) => wanted.every(([key, value]) => node.metadata.labels?.[key] === value))
    .map((node) => node.metadata.name);
}

function nodeOf(pod: KubeObject): string {
  const name = pod.spec?.['nodeName'];
  return typeof name === 'string' ? name : '';
}

/** Ends old pods while no more than `maxUnavailable` nodes are without a ready one. */
function rollOn(
  machinery: Machinery,
  spec: DaemonSetSpec,
  nodes: readonly string[],
  living: readonly KubeObject[],
  hash: string,
): void {
  const old = living.filter((pod) => pod.metadata.labels?.[hashLabel] !== hash);
  const down = nodes.filter((name) => !living.some((pod) => nodeOf(pod) === name && isReady(pod)));
  let room = roomFor(spec, nodes.length) - down.length;
  for (const pod of old) {
    // An old pod that is not ready serves nobody, so ending it costs no room.
    if (isReady(pod)) room -= 1;
    if (room < 0) return;
    machinery.deleter.delete(kinds.pod, pod, {});
  }
}

function roomFor(spec: DaemonSetSpec, nodes: number): number {
  const asked = spec.updateStrategy.rollingUpdate?.maxUnavailable ?? 1;
  const count =
    typeof asked === 'number' ? asked : Math.ceil((Number.parseInt(asked, 10) / 100) * nodes);
  return Math.max(1, count);
}

function report(
  machinery: Machinery,
  set: KubeObject,
  nodes: readonly string[],
  hash: string,
): void {
  const pods = ownedBy(machinery, kinds.pod, set).filter((pod) => nodes.includes(nodeOf(pod)));
  const living = pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const ready = living.filter((pod) => isReady(pod)).length;
  setStatus(machinery, kinds.daemonSet, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes.length,
    numberReady: ready,
    observedGeneration: set.metadata.generation ?? 1,
    updatedNumberScheduled: living.filter((pod) => pod.metadata.labels?.[hashLabel] === hash)
      .length,
    ...(ready > 0 && { numberAvailable: ready }),
    ...(ready < nodes.length && { numberUnavailable: nodes.length - ready }),
  });
}
