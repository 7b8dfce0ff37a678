import { z } from 'zod';
import {
  ClusterForbidden,
  kernelKeyNames,
  objectText,
  procPathOf,
  refOf,
  type ClusterReader,
  type Json,
  type KernelKeyName,
  type SeenObject,
} from '@fairlead/core';
import { byText } from './by-text.js';
import { containersOf, listAt, textAt, textsAt } from './json-reading.js';

/** Something in the cluster, besides us, that writes kernel keys on nodes. */
export const KeyWriter = z.strictObject({
  /** `DaemonSet kube-system/sysctl-tuner, container sysctl`, `TuneD profile …`. */
  name: z.string(),
  /** The keys it names; null when it may write any and could not be looked into. */
  keys: z.array(z.string()).nullable(),
  advice: z.string(),
});
export type KeyWriter = z.infer<typeof KeyWriter>;

/** The label on everything that is ours in a cluster. */
export const ownLabel = { 'app.kubernetes.io/managed-by': 'fairlead' } as const;

export function isOurs(object: SeenObject): boolean {
  return textsAt(object, ['metadata', 'labels'])['app.kubernetes.io/managed-by'] === 'fairlead';
}

/**
 * DaemonSets whose containers name a kernel key in a command, an argument or a variable, and TuneD.
 * A script that is mounted from a ConfigMap is not looked into. One request more where TuneD runs.
 * Source: domain.md 3.4.
 */
export async function observeKeyWriters(
  daemonSets: readonly SeenObject[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<KeyWriter[]> {
  const others = daemonSets.filter((daemonSet) => !isOurs(daemonSet));
  const tuned = others.find(({ metadata }) => metadata.name === 'tuned');
  const writers = [
    ...others.flatMap(writersIn),
    ...(tuned === undefined ? [] : [await tunedWriter(reader, signal)]),
  ];
  return writers.toSorted((a, b) => byText(a.name, b.name));
}

function writersIn(daemonSet: SeenObject): KeyWriter[] {
  return containersOf(daemonSet).flatMap((container) => {
    const keys = keysNamedIn(textsOf(container).join('\n'));
    if (keys.length === 0) return [];
    const name = textAt(container, ['name']) ?? '';
    return [
      {
        name: `${objectText(refOf(daemonSet))}, container ${name}`,
        keys,
        advice: 'Change or remove it there first.',
      },
    ];
  });
}

function textsOf(container: Json): string[] {
  const values = listAt(container, ['env']).map((variable) => textAt(variable, ['value']) ?? '');
  const words = [...listAt(container, ['command']), ...listAt(container, ['args'])];
  return [...words.filter((word) => typeof word === 'string'), ...values];
}

/** Keys in a text, with dots or as paths. `…_timeout_close` is not found in `…_timeout_close_wait`. */
export function keysNamedIn(text: string): KernelKeyName[] {
  const dotted = text.replaceAll('net.nf_conntrack_max', 'net.netfilter.nf_conntrack_max');
  return kernelKeyNames.filter((key) =>
    [key, procPathOf(key)].some((form) => {
      for (let at = dotted.indexOf(form); at >= 0; at = dotted.indexOf(form, at + 1)) {
        if (!/[a-z0-9_]/.test(dotted[at + form.length] ?? '')) return true;
      }
      return false;
    }),
  );
}

async function tunedWriter(reader: ClusterReader, signal: AbortSignal): Promise<KeyWriter> {
  const kind = { apiVersion: 'tuned.openshift.io/v1', kind: 'Tuned' };
  const advice = 'Change the Tuned profile: TuneD writes its values again and again.';
  try {
    const profiles = await reader.list(kind, {}, signal);
    const texts = profiles.flatMap((tuned) =>
      listAt(tuned, ['spec', 'profile']).map((profile) => textAt(profile, ['data']) ?? ''),
    );
    return { name: 'TuneD', keys: keysNamedIn(texts.join('\n')), advice };
  } catch (error) {
    // What may not be read may name any key.
    if (error instanceof ClusterForbidden) return { name: 'TuneD', keys: null, advice };
    throw error;
  }
}

export function writerOf(key: KernelKeyName, writers: readonly KeyWriter[]): KeyWriter | null {
  return writers.find(({ keys }) => keys === null || keys.includes(key)) ?? null;
}
