import { z } from 'zod';
import {
  AnyJson,
  ObjectRef,
  objectText,
  readOnlyKeyNames,
  refOf,
  valueAt,
  type ClusterReader,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../by-text.js';
import { ForeignOwner, foreignOwnerOf } from '../foreign-owner.js';
import { listAt, numberAt, textAt } from '../json-reading.js';
import { isOurs, KeyWriter, observeKeyWriters } from '../key-writers.js';
import { observeNodes, SeenNode } from '../seen-node.js';
import { sysctlKeys } from './catalogue.js';
import { PersistedKeys, persistedIn } from './persisted-keys.js';
import { labelSelectorText } from './label-selector.js';
import type { SysctlSettings } from './settings.js';

/** A workload whose pod template may carry sysctls. */
export const SeenWorkload = z.strictObject({
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  hostNetwork: z.boolean(),
  updateStrategy: z.string(),
  paused: z.boolean(),
  /** Pods that a change of the template replaces. */
  pods: z.int().nonnegative(),
  /** For a list of its pods; null when its selector says something that a text cannot. */
  labelSelector: z.string().nullable(),
  /** `securityContext.sysctls` of the pod template as it stands; null when there is none. */
  sysctls: AnyJson,
});
export type SeenWorkload = z.infer<typeof SeenWorkload>;

export const SysctlObservation = z.strictObject({
  /** Of the API server. */
  version: z.string(),
  ownNamespace: z.string(),
  agentImage: z.string(),
  nodes: z.array(SeenNode),
  /** Others in the cluster that write kernel keys. */
  writers: z.array(KeyWriter),
  /** DaemonSets of ours that write keys when a node starts. */
  persisted: z.array(PersistedKeys),
  workloads: z.array(SeenWorkload),
  /** Names under which a DaemonSet that is not ours stands in our namespace. */
  takenNames: z.array(z.string()),
});
export type SysctlObservation = z.infer<typeof SysctlObservation>;

/**
 * Reads each key on each node, and what else in the cluster writes keys. Requests to the API server:
 * nodes and all DaemonSets, one list each; all Deployments when no settings are given, or one read
 * for each Deployment that they name; the Tuned profiles where TuneD runs.
 */
export async function observeSysctl(
  reader: ClusterReader,
  settings: SysctlSettings | null,
  signal: AbortSignal,
): Promise<SysctlObservation> {
  const [nodes, daemonSets, deployments] = await Promise.all([
    observeNodes(reader, [...sysctlKeys, ...readOnlyKeyNames], signal),
    reader.list({ apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
    observeDeployments(reader, settings, signal),
  ]);
  const here = daemonSets.filter(({ metadata }) => metadata['namespace'] === reader.ownNamespace);
  const asked = new Set(
    (settings?.pods ?? []).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
  );
  return {
    version: reader.version,
    ownNamespace: reader.ownNamespace,
    agentImage: reader.agentImage,
    nodes,
    writers: await observeKeyWriters(daemonSets, reader, signal),
    persisted: here.filter(isOurs).flatMap(persistedIn),
    workloads: [...daemonSets.filter((object) => !isOurs(object)), ...deployments]
      .map(seenWorkload)
      .filter(({ object, sysctls }) => sysctls !== null || asked.has(objectText(object)))
      .toSorted((a, b) => byText(objectText(a.object), objectText(b.object))),
    takenNames: here.filter((object) => !isOurs(object)).map(({ metadata }) => metadata.name),
  };
}

async function observeDeployments(
  reader: ClusterReader,
  settings: SysctlSettings | null,
  signal: AbortSignal,
): Promise<readonly SeenObject[]> {
  const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
  if (settings === null) return await reader.list(kind, {}, signal);
  const named = (settings.pods ?? []).filter((workload) => workload.kind === 'Deployment');
  const found = await Promise.all(
    named.map(({ namespace, name }) => reader.read({ ...kind, namespace, name }, signal)),
  );
  return found.filter((object) => object !== null);
}

const podSpec = ['spec', 'template', 'spec'];

function seenWorkload(object: SeenObject): SeenWorkload {
  const isDaemonSet = object.kind === 'DaemonSet';
  return {
    object: refOf(object),
    owner: foreignOwnerOf(object),
    hostNetwork: valueAt(object, [...podSpec, 'hostNetwork']) === true,
    updateStrategy:
      textAt(object, ['spec', isDaemonSet ? 'updateStrategy' : 'strategy', 'type']) ??
      'RollingUpdate',
    paused: valueAt(object, ['spec', 'paused']) === true,
    pods: isDaemonSet
      ? (numberAt(object, ['status', 'desiredNumberScheduled']) ?? 0)
      : (numberAt(object, ['spec', 'replicas']) ?? 1),
    labelSelector: labelSelectorText(object),
    sysctls: sysctlsOf(object),
  };
}

function sysctlsOf(object: SeenObject) {
  const path = [...podSpec, 'securityContext', 'sysctls'];
  return Array.isArray(valueAt(object, path)) ? listAt(object, path) : null;
}
