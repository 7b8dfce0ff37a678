import { refOf, type ClusterReader, type SeenObject } from '@fairlead/core';
import { byText } from '../../by-text.js';
import { listAt, textAt, textsAt } from '../../json-reading.js';
import { isOurs } from '../../key-writers.js';
import { isAtLeast } from '../../version.js';
import type { NdotsObservation, PodSelection } from './observation.js';
import { hashAnnotation, policyKinds, policyName, selectionOf } from './policy.js';
import type { NewPodsNdots } from './settings.js';

const examplesAtMost = 5;

/**
 * Whether the API server has admission policies, which of ours stand, and which pods run without. Requests:
 * discovery of the API group; for each selection one read of the policy, one list of namespaces where it
 * goes by labels, and one list of pods for each namespace.
 */
export async function observePolicies(
  asked: readonly NewPodsNdots[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<NdotsObservation['policies']> {
  if (asked.length === 0) return null;
  const api = await servedVersion(reader, signal);
  const selections = asked.map(selectionOf);
  const names = selections.map(policyName).toSorted(byText);
  const standing = await Promise.all(
    names.map(async (name) => {
      if (api === null) return null;
      const apiVersion = `admissionregistration.k8s.io/${api}`;
      const found = await reader.read({ apiVersion, kind: policyKinds[0], name }, signal);
      if (found === null) return null;
      const hash = textsAt(found, ['metadata', 'annotations'])[hashAnnotation];
      return { name, contentHash: isOurs(found) ? (hash ?? '') : null };
    }),
  );
  const running = await Promise.all(
    selections.map(async (selection) => ({
      policy: policyName(selection),
      ...(await runningWithout(selection, reader, signal)),
    })),
  );
  return { api, standing: standing.filter((one) => one !== null), running };
}

/** Beta in 1.34 and 1.35, where both the API and its gate have to be enabled; on by itself since 1.36. */
async function servedVersion(
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<'v1' | 'v1beta1' | null> {
  for (const [version, since] of [
    ['v1', '1.36'],
    ['v1beta1', '1.34'],
  ] as const) {
    if (!isAtLeast(reader.version, since)) continue;
    const kind = { apiVersion: `admissionregistration.k8s.io/${version}`, kind: policyKinds[0] };
    if (await reader.serves(kind, signal)) return version;
  }
  return null;
}

async function runningWithout(
  selection: PodSelection,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<{ pods: number; examples: string[] }> {
  const namespaces = await namespacesOf(selection, reader, signal);
  const podLabels = Object.entries(selection.podLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  const selector =
    podLabels.length === 0 ? {} : { labelSelector: podLabels.toSorted(byText).join(',') };
  const lists = await Promise.all(
    namespaces.map((namespace) =>
      reader.list({ apiVersion: 'v1', kind: 'Pod', namespace }, selector, signal),
    ),
  );
  const without = lists
    .flat()
    .filter(isConcerned)
    .map((pod) => `${refOf(pod).namespace ?? ''}/${pod.metadata.name}`)
    .toSorted(byText);
  return { pods: without.length, examples: without.slice(0, examplesAtMost) };
}

async function namespacesOf(
  { namespaces, namespaceLabels }: PodSelection,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (namespaceLabels === null) return namespaces ?? [];
  const labels = Object.entries(namespaceLabels).map(([key, value]) => `${key}=${value}`);
  const found = await reader.list(
    { apiVersion: 'v1', kind: 'Namespace' },
    { labelSelector: labels.toSorted(byText).join(',') },
    signal,
  );
  const names = found.map(({ metadata }) => metadata.name);
  return namespaces === null ? names : names.filter((name) => namespaces.includes(name));
}

function isConcerned(pod: SeenObject): boolean {
  const isOver = ['Succeeded', 'Failed'].includes(textAt(pod, ['status', 'phase']) ?? '');
  const saysNdots = listAt(pod, ['spec', 'dnsConfig', 'options']).some(
    (option) => textAt(option, ['name']) === 'ndots',
  );
  return (
    !isOver && !saysNdots && (textAt(pod, ['spec', 'dnsPolicy']) ?? '').startsWith('ClusterFirst')
  );
}
