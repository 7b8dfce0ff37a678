import { z } from 'zod';
import { canonicalJson, objectText, refOf, type JsonObject, type SeenObject } from '@fairlead/core';
import { byText } from '../by-text.js';
import { fnv1a } from '../fnv1a.js';
import { containersOf, listAt, textAt, textsAt } from '../json-reading.js';
import { ownLabel } from '../key-writers.js';
import { sysctlKeys, type SysctlKey } from './catalogue.js';

/** A DaemonSet of ours as it stands. */
export const PersistedKeys = z.strictObject({
  name: z.string(),
  /** `key=value`, in the order in which they are written. */
  assignments: z.array(z.string()),
  matchLabels: z.record(z.string(), z.string()),
  excludedNodes: z.array(z.string()),
  /** What stands in its hash annotation, and the hash of what stands in the object itself. */
  contentHash: z.string(),
  image: z.string(),
});
export type PersistedKeys = z.infer<typeof PersistedKeys>;

export const hashAnnotation = 'fairlead.dev/content-hash';
/** Raised when the manifest around the content changes, so that what stands is replaced. */
const manifestShape = 1;
const osLabel = { 'kubernetes.io/os': 'linux' };

/** What the DaemonSet is made from. */
export interface PersistRequest {
  readonly namespace: string;
  readonly image: string;
  readonly assignments: readonly string[];
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly excludedNodes: readonly string[];
}

/** One DaemonSet for each choice of nodes; all nodes have the plain name. */
export function persistName(matchLabels: Readonly<Record<string, string>>): string {
  if (Object.keys(matchLabels).length === 0) return 'fairlead-sysctl';
  return `fairlead-sysctl-${fnv1a(canonicalJson(matchLabels)).slice(0, 8)}`;
}

/** `net.core.somaxconn=8192` by key; reserved ports first, since a wider port range relies on them. */
export function assignmentsOf(values: ReadonlyMap<SysctlKey, string>): string[] {
  return [...values]
    .toSorted(([a], [b]) => keyOrder(a, b))
    .map(([key, value]) => `${key}=${value}`);
}

export function keyOrder(a: SysctlKey, b: SysctlKey): number {
  const rank = (key: SysctlKey) => (key === 'net.ipv4.ip_local_reserved_ports' ? 0 : 1);
  return rank(a) - rank(b) || byText(a, b);
}

export function valuesIn({ assignments }: PersistedKeys): Map<SysctlKey, string> {
  return new Map(
    assignments.flatMap((assignment): [SysctlKey, string][] => {
      const at = assignment.indexOf('=');
      const key = sysctlKeys.find((name) => name === assignment.slice(0, at));
      return key === undefined ? [] : [[key, assignment.slice(at + 1)]];
    }),
  );
}

/**
 * The DaemonSet that writes keys whenever a node starts: an init container that writes and ends, then
 * one that sleeps. Root without a capability and without privilege: the kernel lets uid 0 of the
 * host's network namespace write its keys, and only /proc/sys/net of the host is mounted.
 */
export function persistManifest(request: PersistRequest): JsonObject {
  const name = persistName(request.matchLabels);
  const labels = { ...ownLabel, 'app.kubernetes.io/name': name };
  const contentHash = hashOf(request);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name,
      namespace: request.namespace,
      labels,
      annotations: { [hashAnnotation]: contentHash },
    },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%' } },
      template: {
        metadata: { labels, annotations: { [hashAnnotation]: contentHash } },
        spec: podSpecOf(request),
      },
    },
  };
}

function podSpecOf(request: PersistRequest): JsonObject {
  const { image, assignments, matchLabels, excludedNodes } = request;
  const container = {
    image,
    imagePullPolicy: 'IfNotPresent',
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    resources: { requests: { cpu: '1m', memory: '32Mi' }, limits: { memory: '128Mi' } },
  };
  return {
    hostNetwork: true,
    dnsPolicy: 'Default',
    enableServiceLinks: false,
    serviceAccountName: 'fairlead-agent',
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 5,
    nodeSelector: { ...osLabel, ...matchLabels },
    tolerations: [{ operator: 'Exists' }],
    ...(excludedNodes.length > 0 && { affinity: allBut(excludedNodes) }),
    initContainers: [
      {
        name: 'persist',
        args: ['persist', ...assignments],
        env: [{ name: 'FAIRLEAD_SYSCTL_ROOT', value: '/host/proc-sys-net' }],
        volumeMounts: [{ name: 'proc-sys-net', mountPath: '/host/proc-sys-net' }],
        ...container,
      },
    ],
    containers: [{ name: 'pause', args: ['pause'], ...container }],
    volumes: [{ name: 'proc-sys-net', hostPath: { path: '/proc/sys/net', type: 'Directory' } }],
  };
}

/** A field selector takes one node name each; all of them must hold. */
function allBut(nodes: readonly string[]): JsonObject {
  const matchFields = nodes
    .toSorted(byText)
    .map((node) => ({ key: 'metadata.name', operator: 'NotIn', values: [node] }));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] },
    },
  };
}

/** A DaemonSet of ours read back; nothing for one that does not write keys. */
export function persistedIn(daemonSet: SeenObject): PersistedKeys[] {
  const init = containersOf(daemonSet).find(
    (container) => textAt(container, ['name']) === 'persist',
  );
  const args = listAt(init, ['args']).filter((word) => typeof word === 'string');
  if (args[0] !== 'persist') return [];

  const podSpec = ['spec', 'template', 'spec'];
  const { 'kubernetes.io/os': _os, ...matchLabels } = textsAt(daemonSet, [
    ...podSpec,
    'nodeSelector',
  ]);
  const terms = listAt(daemonSet, [
    ...podSpec,
    'affinity',
    'nodeAffinity',
    'requiredDuringSchedulingIgnoredDuringExecution',
    'nodeSelectorTerms',
  ]);
  const excludedNodes = listAt(terms[0], ['matchFields']).flatMap((field) =>
    listAt(field, ['values']).filter((node) => typeof node === 'string'),
  );
  return [
    {
      name: refOf(daemonSet).name,
      assignments: args.slice(1),
      matchLabels,
      excludedNodes: excludedNodes.toSorted(byText),
      contentHash:
        textsAt(daemonSet, ['metadata', 'annotations'])[hashAnnotation] ??
        `none on ${objectText(refOf(daemonSet))}`,
      image: textAt(init, ['image']) ?? '',
    },
  ];
}

/** Whether the DaemonSet that stands is the one that the request makes, and was not edited since. */
export function isUpToDate(standing: PersistedKeys | undefined, request: PersistRequest): boolean {
  if (standing === undefined || standing.contentHash !== hashOf(request)) return false;
  const { image, assignments, matchLabels, excludedNodes } = standing;
  const { namespace } = request;
  return (
    hashOf({ namespace, image, assignments, matchLabels, excludedNodes }) === standing.contentHash
  );
}

/** Names content, protects nothing: whoever may edit the DaemonSet may edit its hash. */
export function hashOf(request: PersistRequest): string {
  const { namespace, image, assignments, matchLabels, excludedNodes } = request;
  return fnv1a(
    canonicalJson({
      shape: manifestShape,
      namespace,
      image,
      assignments,
      matchLabels,
      excludedNodes: excludedNodes.toSorted(byText),
    }),
  );
}
