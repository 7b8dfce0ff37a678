import {
  ClusterForbidden,
  refOf,
  valueAt,
  type AgentAnswer,
  type ClusterReader,
  type Json,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../../by-text.js';
import { foreignOwnerOf } from '../../foreign-owner.js';
import {
  containersOf,
  isObject,
  listAt,
  numberAt,
  objectAt,
  textAt,
  textsAt,
} from '../../json-reading.js';
import { labelSelectorText } from '../../sysctl/label-selector.js';
import type { DnsWorkload } from './observation.js';
import { searchNamesIn, type NamedText } from './search-names.js';

const podSpec = ['spec', 'template', 'spec'];
const podsLookedInto = 3;
const configMapsAtMost = 10;

/**
 * A workload's template, the names in it, and what some of its pods have. Requests: its ConfigMaps, ten at
 * most, and one list of its pods; the agents on the nodes are asked over their sessions.
 */
export async function observeWorkload(
  object: SeenObject,
  services: ReadonlySet<string>,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<DnsWorkload> {
  const { texts, unseen } = await textsOf(object, reader, signal);
  const labelSelector = labelSelectorText(object);
  const inPods = await lookIntoPods(object, labelSelector, reader, signal);
  const { strategy, pods } = rollingOf(object);
  const dnsConfig = objectAt(object, [...podSpec, 'dnsConfig']);
  return {
    object: refOf(object),
    owner: foreignOwnerOf(object),
    hostNetwork: valueAt(object, [...podSpec, 'hostNetwork']) === true,
    dnsPolicy: textAt(object, [...podSpec, 'dnsPolicy']) ?? 'ClusterFirst',
    isWindows:
      textAt(object, [...podSpec, 'os', 'name']) === 'windows' ||
      textsAt(object, [...podSpec, 'nodeSelector'])['kubernetes.io/os'] === 'windows',
    dnsConfig: isObject(valueAt(object, [...podSpec, 'dnsConfig'])) ? dnsConfig : null,
    updateStrategy: textAt(object, [...strategy, 'type']) ?? 'RollingUpdate',
    paused: valueAt(object, ['spec', 'paused']) === true,
    partition: numberAt(object, [...strategy, 'rollingUpdate', 'partition']) ?? 0,
    pods,
    labelSelector,
    searchNames: searchNamesIn(texts, services),
    unseen,
    searches: inPods.find(({ resolver }) => resolver !== null)?.resolver?.searches ?? null,
    isMusl: isMuslOf(object, inPods),
  };
}

function rollingOf(object: SeenObject): { strategy: string[]; pods: number } {
  if (object.kind === 'DaemonSet') {
    const pods = numberAt(object, ['status', 'desiredNumberScheduled']) ?? 0;
    return { strategy: ['spec', 'updateStrategy'], pods };
  }
  const strategy = ['spec', object.kind === 'StatefulSet' ? 'updateStrategy' : 'strategy'];
  return { strategy, pods: numberAt(object, ['spec', 'replicas']) ?? 1 };
}

/** Commands, arguments and variables of the template, and the ConfigMaps that it hands to its pods. */
async function textsOf(
  object: SeenObject,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<{ texts: NamedText[]; unseen: string[] }> {
  const containers = containersOf(object);
  const texts = containers.flatMap(textsOfContainer);
  const unseen: string[] = [];
  const namespace = textAt(object, ['metadata', 'namespace']) ?? 'default';
  const names = [...new Set(configMapsOf(object, containers))].toSorted(byText);
  if (names.length > configMapsAtMost) unseen.push(`${names.length - configMapsAtMost} ConfigMaps`);
  for (const name of names.slice(0, configMapsAtMost)) {
    const where = `ConfigMap ${namespace}/${name}`;
    try {
      const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
      const data = textsAt((await reader.read(ref, signal)) ?? undefined, ['data']);
      texts.push(...Object.values(data).map((text) => ({ text, where })));
    } catch (error) {
      if (!(error instanceof ClusterForbidden)) throw error;
      unseen.push(where);
    }
  }
  return { texts, unseen };
}

function textsOfContainer(container: Json): NamedText[] {
  const name = textAt(container, ['name']) ?? '';
  const words = [...listAt(container, ['command']), ...listAt(container, ['args'])];
  return [
    ...words.flatMap((text) =>
      typeof text === 'string' ? [{ text, where: `the command of container ${name}` }] : [],
    ),
    ...listAt(container, ['env']).map((variable) => ({
      text: textAt(variable, ['value']) ?? '',
      where: `${textAt(variable, ['name']) ?? 'a variable'} of container ${name}`,
    })),
  ];
}

function configMapsOf(object: SeenObject, containers: readonly Json[]): string[] {
  const references = [
    ...containers.flatMap((container) => [
      ...listAt(container, ['envFrom']).map((from) => textAt(from, ['configMapRef', 'name'])),
      ...listAt(container, ['env']).map((variable) =>
        textAt(variable, ['valueFrom', 'configMapKeyRef', 'name']),
      ),
    ]),
    ...listAt(object, [...podSpec, 'volumes']).map((volume) =>
      textAt(volume, ['configMap', 'name']),
    ),
  ];
  return references.filter((name) => name !== null);
}

type PodResolver = AgentAnswer<'read-pod-resolvers'>['pods'][number];

/** What the agents see inside some of its running pods. */
async function lookIntoPods(
  object: SeenObject,
  labelSelector: string | null,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<PodResolver[]> {
  const namespace = textAt(object, ['metadata', 'namespace']);
  if (labelSelector === null || namespace === null) return [];
  const pods = await reader.list(
    { apiVersion: 'v1', kind: 'Pod', namespace },
    { labelSelector },
    signal,
  );
  const podUids = pods
    .filter((pod) => textAt(pod, ['status', 'phase']) === 'Running')
    .flatMap((pod) => textAt(pod, ['metadata', 'uid']) ?? [])
    .toSorted(byText)
    .slice(0, podsLookedInto);
  if (podUids.length === 0) return [];
  const reports = await reader.askHosts({ do: 'read-pod-resolvers', podUids }, signal);
  return reports
    .flatMap((report) => ('answer' in report ? report.answer.pods : []))
    .filter(({ libc }) => libc !== null)
    .toSorted((a, b) => byText(a.podUid, b.podUid));
}

function isMuslOf(object: SeenObject, inPods: readonly PodResolver[]): boolean | null {
  const images = containersOf(object).map((container) => textAt(container, ['image']) ?? '');
  if (images.some((image) => /alpine|musl/.test(image))) return true;
  return inPods.length === 0 ? null : inPods.some(({ libc }) => libc === 'musl');
}
