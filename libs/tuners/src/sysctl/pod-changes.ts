import {
  objectText,
  sameJson,
  type Json,
  type JsonObject,
  type ObjectRef,
  type PlanDraft,
} from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import { isObject, textAt } from '../json-reading.js';
import { isAtLeast } from '../version.js';
import { catalogue, valueText, type SysctlKey, type SysctlValue } from './catalogue.js';
import { joined } from './growth.js';
import type { SeenWorkload, SysctlObservation } from './observe.js';
import { keyOrder } from './persisted-keys.js';
import type { PodWorkload, SysctlSettings } from './settings.js';

const sysctlsPath = ['spec', 'template', 'spec', 'securityContext', 'sysctls'];

/** Keys in the pods of named workloads, through their templates: the pods are replaced. */
export function planPods(
  plan: PlanDraft,
  settings: SysctlSettings,
  observed: SysctlObservation,
): void {
  const asked = (settings.pods ?? []).map((workload) => ({ workload, object: refTo(workload) }));
  for (const { workload, object } of asked.toSorted((a, b) =>
    byText(objectText(a.object), objectText(b.object)),
  )) {
    const name = objectText(object);
    const seen = observed.workloads.find((other) => objectText(other.object) === name);
    if (seen === undefined) {
      plan.refuse(
        'workload-not-observed',
        `${name} was not there when the cluster was looked at. Check its name, or create a job: it looks for the workloads that it names.`,
      );
      continue;
    }
    planWorkload(plan, workload, seen, settings, observed);
  }
}

function planWorkload(
  plan: PlanDraft,
  workload: PodWorkload,
  seen: SeenWorkload,
  settings: SysctlSettings,
  observed: SysctlObservation,
): void {
  const name = objectText(seen.object);
  const wanted = wantedOf(plan, workload, seen, settings);
  const before = Array.isArray(seen.sysctls) ? (seen.sysctls as readonly Json[]) : [];
  const after = merged(before, wanted);
  if (sameJson(before, after)) return;

  const isUnsafe = tellUnsafe(plan, name, [...wanted.keys()], observed);
  if (isUnsafe || cannotTake(plan, seen, wanted)) return;

  const id = `sysctl/pods/${name.replaceAll(' ', '/')}`;
  plan.add({
    kind: 'edit',
    id,
    summary: `Set ${listed([...wanted.keys()])} in the pods of ${name}.`,
    object: seen.object,
    edits: [{ path: sysctlsPath, ...(seen.sysctls !== null && { before: seen.sysctls }), after }],
  });
  plan.add({
    kind: 'await',
    id: `${id}/rolled-out`,
    summary: `Wait until the pods of ${name} are replaced.`,
    condition: { type: 'rolled-out', object: seen.object },
    deadlineSeconds: Math.min(7200, 300 + 60 * seen.pods),
  });
  addPodValues(plan, id, wanted, seen);
  plan.restartsPods(seen.pods);
  plan.touchesConnections('some-cut');
  plan.note(`Replacing the ${seen.pods} pods of ${name} ends their connections.`);
}

function addPodValues(
  plan: PlanDraft,
  id: string,
  wanted: ReadonlyMap<SysctlKey, string>,
  { object, labelSelector, pods }: SeenWorkload,
): void {
  if (pods === 0) return;
  if (labelSelector === null || object.namespace === undefined) {
    plan.warn(
      'not-verified-in-pods',
      `The pods of ${objectText(object)} cannot be told by their labels, so no value is read inside them.`,
    );
    return;
  }
  for (const [key, value] of wanted) {
    plan.add({
      kind: 'await',
      id: `${id}/${key}`,
      summary: `Read ${key} inside the pods of ${objectText(object)}.`,
      condition: { type: 'pod-values', namespace: object.namespace, labelSelector, key, value },
      deadlineSeconds: 120,
    });
  }
}

/** What the template is to say, by key; more than was asked for stays unless it may be lowered. */
function wantedOf(
  plan: PlanDraft,
  workload: PodWorkload,
  seen: SeenWorkload,
  { allowDecrease }: SysctlSettings,
): Map<SysctlKey, string> {
  const asked = Object.entries(workload.sysctls).filter(
    (entry): entry is [SysctlKey, SysctlValue] => entry[1] !== undefined,
  );
  const wanted = new Map<SysctlKey, string>();
  for (const [key, value] of asked.toSorted(([a], [b]) => keyOrder(a, b))) {
    const text = valueText(key, value);
    const now = currentOf(seen.sysctls, key);
    const { growth } = catalogue[key];
    const after =
      now === null || growth === null || allowDecrease ? text : joined(growth, now, text);
    if (after !== text) {
      plan.warn(
        'raise-only',
        `The pods of ${objectText(seen.object)} already have more of ${key} than ${text}; it is not lowered. Set allowDecrease to lower it.`,
      );
    }
    wanted.set(key, after);
  }
  return wanted;
}

function currentOf(sysctls: Json, key: SysctlKey): string | null {
  const entry = Array.isArray(sysctls)
    ? (sysctls as readonly Json[]).find((sysctl) => textAt(sysctl, ['name']) === key)
    : undefined;
  return textAt(entry, ['value']);
}

/** The list with our keys in it: others untouched and in their order, new ones at the end. */
function merged(before: readonly Json[], wanted: ReadonlyMap<SysctlKey, string>): Json[] {
  const names = new Set(before.map((sysctl) => textAt(sysctl, ['name'])));
  const kept = before.map((sysctl): Json => {
    const name = textAt(sysctl, ['name']);
    const value = [...wanted].find(([key]) => key === name)?.[1];
    return value === undefined || !isObject(sysctl) ? sysctl : { ...sysctl, value };
  });
  const added = [...wanted].filter(([key]) => !names.has(key));
  return [...kept, ...added.map(([name, value]): JsonObject => ({ name, value }))];
}

/** The kubelet rejects pods with a key that it does not allow, and their owner makes new ones for ever. */
function tellUnsafe(
  plan: PlanDraft,
  name: string,
  keys: readonly SysctlKey[],
  { nodes, version }: SysctlObservation,
): boolean {
  const linux = nodes.filter(({ os }) => os === 'linux');
  const unsafe = keys.filter((key) => {
    const { podSafeSince } = catalogue[key];
    if (podSafeSince === undefined) return true;
    const { kubernetes, kernel } = podSafeSince;
    return !(
      isAtLeast(version, kubernetes) &&
      linux.every(
        (node) => isAtLeast(node.kubeletVersion, kubernetes) && isAtLeast(node.kernel, kernel),
      )
    );
  });
  for (const key of unsafe) {
    const since = catalogue[key].podSafeSince?.kubernetes;
    plan.refuse(
      'unsafe-pod-sysctl',
      since === undefined
        ? `Kubelets reject ${key} in a pod unless their allowedUnsafeSysctls names it, which cannot be seen from here. Leave it out of ${name}; to set it for all new pods use the CNI’s tuning plugin.`
        : `Kubelets let any pod set ${key} only since ${since}, and some node, or the API server, is older. Leave it out of ${name} until all are upgraded.`,
    );
  }
  return unsafe.length > 0;
}

function cannotTake(
  plan: PlanDraft,
  seen: SeenWorkload,
  wanted: ReadonlyMap<SysctlKey, string>,
): boolean {
  const name = objectText(seen.object);
  if (seen.hostNetwork) {
    plan.refuse(
      'pod-host-network',
      `${name} runs in the host’s network, where pods may not set network keys. Ask for the key under host.`,
    );
    return true;
  }
  if (seen.owner !== null) {
    plan.refuse('parameter-owned', `${name} is kept by ${seen.owner.name}. ${seen.owner.advice}`, {
      patch: templatePatch(wanted),
    });
    return true;
  }
  if (seen.paused || seen.updateStrategy === 'OnDelete') {
    const why = seen.paused ? 'its rollout is paused' : 'its update strategy is OnDelete';
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${name} would not be replaced: ${why}. Resume it, or set its strategy to RollingUpdate.`,
    );
    return true;
  }
  if (seen.updateStrategy === 'Recreate') {
    plan.warn('recreate-strategy', `${name} stops all its pods before it starts new ones.`);
  }
  return false;
}

function templatePatch(wanted: ReadonlyMap<SysctlKey, string>): string {
  const items = [...wanted].flatMap(([key, value]) => [
    `        - name: ${key}`,
    `          value: "${value}"`,
  ]);
  return [
    'spec:',
    '  template:',
    '    spec:',
    '      securityContext:',
    '        sysctls:',
    ...items,
  ].join('\n');
}

function refTo({ kind, namespace, name }: PodWorkload): ObjectRef {
  return { apiVersion: 'apps/v1', kind, namespace, name };
}
