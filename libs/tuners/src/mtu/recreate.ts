import type { ObjectRef, PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { MtuObservation } from './observe.js';
import type { RunningPods } from './running-pods.js';
import type { MtuSettings } from './settings.js';

/** Owners whose pods a new pod template replaces one after the other. */
const rolling: readonly string[] = ['DaemonSet', 'Deployment', 'StatefulSet'];
const namedAtMost = 50;

interface Wanted {
  readonly linkMtuBytes: number;
  /** Ids of the changes that new pods' MTU follows: an undo of them rolls the workloads again. */
  readonly activates: readonly string[];
}

interface OldPods extends RunningPods {
  readonly isAsked: boolean;
}

/**
 * Lists the running pods that keep another MTU than new ones get, and adds the rolls of their workloads where
 * that is asked for: by namespace, then kind and name, each waited for before the next begins. Answers those
 * that stay as they are.
 * Source: domain.md 5.3.
 */
export function planRunningPods(
  plan: PlanDraft,
  settings: MtuSettings,
  { running }: MtuObservation,
  { linkMtuBytes, activates }: Wanted,
): readonly RunningPods[] {
  const namespaces = new Set(settings.namespaces);
  const old = running
    .map((owner): OldPods => {
      const pods = owner.pods.filter(({ mtuBytes }) => mtuBytes !== linkMtuBytes);
      const isAsked = settings.recreatePods === 'listed' && namespaces.has(owner.namespace);
      return { ...owner, pods, isAsked: isAsked && rolling.includes(owner.kind) };
    })
    .filter(({ pods }) => pods.length > 0)
    .toSorted((a, b) => byText(textOf(a), textOf(b)));
  if (old.length === 0) return [];

  const recreated = old.filter(({ isAsked }) => isAsked);
  const kept = old.filter(({ isAsked }) => !isAsked);
  for (const workload of recreated) addRoll(plan, workload, activates);
  if (kept.length > 0) tellKept(plan, kept, linkMtuBytes);
  if (recreated.some(({ namespace, name }) => namespace === 'kube-system' && /dns/.test(name))) {
    plan.interruptsDns();
  }
  return kept;
}

function addRoll(plan: PlanDraft, workload: OldPods, activates: readonly string[]): void {
  const { kind, namespace, name, pods } = workload;
  const object: ObjectRef = { apiVersion: 'apps/v1', kind, namespace, name };
  plan.add({
    kind: 'restart',
    id: `mtu/recreate/${namespace}/${kind}/${name}`,
    summary: `Recreate the pods of ${textOf(workload)} by its own rollout: ${podsText(workload)}.`,
    object,
    activates: [...activates],
    deadlineSeconds: Math.min(7200, 300 + 60 * pods.length),
  });
  plan.restartsPods(pods.length);
  plan.touchesConnections('some-cut');
}

function tellKept(plan: PlanDraft, kept: readonly OldPods[], linkMtuBytes: number): void {
  const count = kept.reduce((sum, { pods }) => sum + pods.length, 0);
  const workloads = listed(
    kept.map((owner) => `${textOf(owner)} (${owner.pods.length})`),
    namedAtMost,
  );
  plan.warn(
    'running-pods-keep-mtu',
    `${count} running pods keep the MTU that they were made with, where new ones get ${linkMtuBytes}, until something recreates them: ${workloads}.`,
    [...new Set(kept.flatMap(({ pods }) => pods.map(({ node }) => node)))],
  );
  for (const owner of kept.slice(0, namedAtMost)) {
    plan.note(`${textOf(owner)} keeps ${podsText(owner)}.`);
  }
}

function textOf({ namespace, kind, name }: RunningPods): string {
  return `${namespace}/${kind} ${name}`;
}

/** `app-1 (1450 on n1), app-2 (1450 on n2)`. */
function podsText({ pods }: RunningPods): string {
  const texts = pods.map(
    ({ name, node, mtuBytes }) => `${name} (${mtuBytes ?? 'not seen'} on ${node})`,
  );
  return listed(texts, 10);
}
