import type { Json } from '../../json.js';
import { objectText, refOf, valueAt, type ObjectRef, type SeenObject } from '../../objects.js';
import { PlanStale, type ChangeContext } from './executor.js';

/** A DaemonSet's pod on one node. */
export interface DaemonPod {
  readonly node: string;
  readonly ref: ObjectRef;
  readonly uid: string;
  /** How often its containers started anew. With each start a process reads its configuration again. */
  readonly restarts: number;
  readonly isReady: boolean;
  readonly isEnding: boolean;
  /** Why it is not ready, in the words of its containers' states. */
  readonly state: string;
}

/** The DaemonSet's living pods by node; where an old one is still ending beside a new one, the new one. */
export async function daemonPods(
  daemonSet: ObjectRef,
  { cluster, signal }: ChangeContext,
): Promise<ReadonlyMap<string, DaemonPod>> {
  const set = await cluster.read(daemonSet, signal);
  if (set === null) throw new PlanStale(`${objectText(daemonSet)} is gone.`);
  const labels = valueAt(set, ['spec', 'selector', 'matchLabels']) ?? {};
  const labelSelector = Object.entries(labels as Record<string, string>)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const { namespace } = daemonSet;
  const pods = await cluster.list(
    { apiVersion: 'v1', kind: 'Pod', ...(namespace !== undefined && { namespace }) },
    { labelSelector },
    signal,
  );
  const found = new Map<string, DaemonPod>();
  for (const pod of pods.filter((candidate) => isOwnedBy(candidate, set))) {
    const seen = toDaemonPod(pod);
    if (seen === null) continue;
    const other = found.get(seen.node);
    if (other === undefined || other.isEnding) found.set(seen.node, seen);
  }
  return found;
}

function isOwnedBy(pod: SeenObject, set: SeenObject): boolean {
  const owners = valueAt(pod.metadata, ['ownerReferences']);
  return (
    Array.isArray(owners) &&
    owners.some((owner: Json) => valueAt(owner, ['uid']) === set.metadata['uid'])
  );
}

function toDaemonPod(pod: SeenObject): DaemonPod | null {
  const node = valueAt(pod, ['spec', 'nodeName']);
  const uid = pod.metadata['uid'];
  const phase = valueAt(pod, ['status', 'phase']);
  if (typeof node !== 'string' || typeof uid !== 'string') return null;
  if (phase === 'Failed' || phase === 'Succeeded') return null;
  const containers = listAt(pod, ['status', 'containerStatuses']);
  const isReady = listAt(pod, ['status', 'conditions']).some(
    (condition) =>
      valueAt(condition, ['type']) === 'Ready' && valueAt(condition, ['status']) === 'True',
  );
  return {
    node,
    ref: refOf(pod),
    uid,
    restarts: containers.reduce<number>((sum, container) => sum + restartsOf(container), 0),
    isReady,
    isEnding: pod.metadata['deletionTimestamp'] !== undefined,
    state: containers.map(stateOf).find((state) => state !== null) ?? 'not ready',
  };
}

function restartsOf(container: Json): number {
  const count = valueAt(container, ['restartCount']);
  return typeof count === 'number' ? count : 0;
}

/** `waiting: CrashLoopBackOff`; null for a container that runs. */
function stateOf(container: Json): string | null {
  for (const kind of ['waiting', 'terminated']) {
    const state = valueAt(container, ['state', kind]);
    if (state === undefined) continue;
    const reason = valueAt(state, ['reason']);
    return `${kind}: ${typeof reason === 'string' ? reason : 'no reason given'}`;
  }
  return null;
}

function listAt(object: SeenObject, path: readonly string[]): readonly Json[] {
  const list = valueAt(object, path);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
