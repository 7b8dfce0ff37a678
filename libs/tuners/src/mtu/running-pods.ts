import { z } from 'zod';
import {
  AgentLost,
  podLink,
  PreconditionFailed,
  valueAt,
  type ClusterReader,
  type LinkReading,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../by-text.js';
import { listAt, textAt, textsAt } from '../json-reading.js';

/** Running pods of one owner, on the pods' network, by what their links take. */
export const RunningPods = z.strictObject({
  namespace: z.string(),
  /** `Deployment`, `StatefulSet`, `DaemonSet`, or what else made them; `Pod` for one that nobody did. */
  kind: z.string(),
  name: z.string(),
  pods: z.array(
    /** Null where it could not be seen. */
    z.strictObject({ name: z.string(), node: z.string(), mtuBytes: z.number().nullable() }),
  ),
});
export type RunningPods = z.infer<typeof RunningPods>;

interface Pod {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly owner: { readonly kind: string; readonly name: string };
}

const podsInOneOrder = 200;
/** The host's end of a pod's link, as the bridge plugin, Calico, Cilium and AWS name it. */
const hostEnd = /^(veth|cali|lxc|eni)/;

/** MTU of the host's ends of pods' links; both ends are made with the same. */
export function hostEnds(links: readonly LinkReading[]): number[] {
  return links.filter(({ name }) => hostEnd.test(name)).map(({ mtuBytes }) => mtuBytes);
}

/**
 * Running pods with the MTU of their links. One list of pods. Where all pods' links of a node have one MTU
 * on the host's side, that is theirs; an agent that may look into pods is started only where they differ.
 *
 * @param ends  by node: MTU of the host's ends there
 */
export async function observeRunningPods(
  reader: ClusterReader,
  ends: ReadonlyMap<string, readonly number[]>,
  signal: AbortSignal,
): Promise<RunningPods[]> {
  const listed = await reader.list(
    { apiVersion: 'v1', kind: 'Pod' },
    { fieldSelector: 'status.phase=Running' },
    signal,
  );
  const pods = listed.flatMap((object) => podOf(object, reader.ownNamespace));
  const byNode = Map.groupBy(pods, ({ node }) => node);
  const mtus = new Map<string, number>();
  await Promise.all(
    [...ends].map(async ([node, seen]) => {
      const here = byNode.get(node) ?? [];
      if (here.length === 0) return;
      const [mtu, ...others] = [...new Set(seen)];
      if (mtu !== undefined && others.length === 0) {
        for (const { uid } of here) mtus.set(uid, mtu);
      } else await lookInside(reader, node, here, mtus, signal);
    }),
  );
  return byOwner(pods, mtus);
}

async function lookInside(
  reader: ClusterReader,
  node: string,
  pods: readonly Pod[],
  mtus: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < pods.length; from += podsInOneOrder) {
    const podUids = pods.slice(from, from + podsInOneOrder).map(({ uid }) => uid);
    const answer = await orNull(reader.askHost(node, { do: 'read-pod-links', podUids }, signal));
    for (const { podUid, links } of answer?.pods ?? []) {
      const mtuBytes = podLink(links)?.mtuBytes;
      if (mtuBytes !== undefined) mtus.set(podUid, mtuBytes);
    }
  }
}

/** Null where no agent that may look into pods starts: their MTU is then not seen, which is said. */
async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AgentLost || error instanceof PreconditionFailed) return null;
    throw error;
  }
}

/** Pods that the change cannot reach are none of them: those on the host's network, our own, those that end. */
function podOf(object: SeenObject, ownNamespace: string): Pod[] {
  const uid = textAt(object, ['metadata', 'uid']);
  const node = textAt(object, ['spec', 'nodeName']);
  const namespace = textAt(object, ['metadata', 'namespace']) ?? '';
  const isRunning =
    textAt(object, ['status', 'phase']) === 'Running' &&
    textAt(object, ['metadata', 'deletionTimestamp']) === null;
  const isOnHost = valueAt(object, ['spec', 'hostNetwork']) === true;
  if (uid === null || node === null || !isRunning || isOnHost || namespace === ownNamespace) {
    return [];
  }
  const { name } = object.metadata;
  return [{ uid, name, namespace, node, owner: ownerOf(object) }];
}

function ownerOf(pod: SeenObject): Pod['owner'] {
  const references = listAt(pod, ['metadata', 'ownerReferences']);
  const controller = references.find((one) => valueAt(one, ['controller']) === true);
  const kind = textAt(controller, ['kind']);
  const name = textAt(controller, ['name']);
  if (kind === null || name === null) return { kind: 'Pod', name: pod.metadata.name };
  const hash = textsAt(pod, ['metadata', 'labels'])['pod-template-hash'];
  // The Deployment controller names its ReplicaSets so; one without the label stands for itself.
  if (kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  }
  return { kind, name };
}

function byOwner(pods: readonly Pod[], mtus: ReadonlyMap<string, number>): RunningPods[] {
  const groups = Map.groupBy(
    pods,
    ({ namespace, owner }) => `${namespace}/${owner.kind}/${owner.name}`,
  );
  return [...groups]
    .toSorted(([a], [b]) => byText(a, b))
    .flatMap(([, members]) => {
      const [first] = members;
      if (first === undefined) return [];
      return [
        {
          namespace: first.namespace,
          ...first.owner,
          pods: members
            .map(({ name, node, uid }) => ({ name, node, mtuBytes: mtus.get(uid) ?? null }))
            .toSorted((a, b) => byText(a.name, b.name)),
        },
      ];
    });
}
