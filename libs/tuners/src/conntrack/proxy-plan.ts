import { objectText, sameJson, type KernelKeyName, type PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
import { whyUnwritable, type SeenNode } from '../seen-node.js';
import type { ConntrackSection, KubeProxyDaemonSet } from './kube-proxy.js';
import { kubeProxyWrites } from './kube-proxy-writes.js';
import type { ConntrackObservation } from './observe.js';
import type { ConntrackSettings } from './settings.js';
import { beLiberalKey, bucketsKey, maxKey } from './timeouts.js';
import { sectionPatch, wantedSection } from './wanted-section.js';
import { wishedFor, type Wish } from './wishes.js';

export const restartId = 'conntrack/restart-kube-proxy';

/** What is to become of kube-proxy's configuration; null when it stays as it is. */
export interface ProxyPlan {
  readonly daemonSet: KubeProxyDaemonSet;
  readonly before: ConntrackSection;
  readonly after: ConntrackSection;
  /** Nodes that it runs on, and that were read. */
  readonly nodes: readonly SeenNode[];
}

/** Says no where kube-proxy decides and may not, or must not, be changed. */
export function planProxy(
  plan: PlanDraft,
  settings: ConntrackSettings,
  observed: ConntrackObservation,
  wishes: readonly Wish[],
  chosen: readonly SeenNode[],
): ProxyPlan | null {
  const { kubeProxy } = observed;
  if (kubeProxy.kind === 'absent') return null;
  if (kubeProxy.kind !== 'daemon-set') {
    tellUndecidable(plan, kubeProxy, wishes, chosen);
    return null;
  }
  const running = observed.nodes.filter((node) => runsOn(kubeProxy, node));
  const before = kubeProxy.section ?? {};
  const cpus = running.map((node) => node.cpus);
  const after = wantedSection(before, wishes, cpus, kubeProxy.version);
  if (sameJson(before, after)) return null;

  const nodes = running.filter((node) => whyUnwritable(node) === null);
  const proxyPlan = { daemonSet: kubeProxy, before, after, nodes };
  tellOwner(plan, proxyPlan);
  tellLeftOut(plan, running, chosen);
  tellLowered(plan, settings, proxyPlan, wishes);
  tellFailing(plan, proxyPlan);
  return proxyPlan;
}

/** Keys that kube-proxy sets at its start under the section, on one node. */
export function writesUnder(
  section: ConntrackSection,
  { daemonSet }: ProxyPlan,
  node: SeenNode,
): Map<KernelKeyName, string> {
  return kubeProxyWrites(section, node.cpus, daemonSet.version);
}

function runsOn(daemonSet: KubeProxyDaemonSet, node: SeenNode): boolean {
  const selector = Object.entries(daemonSet.nodeSelector);
  return node.os === 'linux' && selector.every(([label, value]) => node.labels[label] === value);
}

/** kube-proxy runs somewhere that the API does not let us change. */
function tellUndecidable(
  plan: PlanDraft,
  kubeProxy: Extract<ConntrackObservation['kubeProxy'], { kind: 'elsewhere' | 'unreadable' }>,
  wishes: readonly Wish[],
  nodes: readonly SeenNode[],
): void {
  const open = wishes.filter(
    (wish) => mayBeDecided(wish) && nodes.some((node) => differs(wish, node)),
  );
  if (open.length === 0) return;
  const keys = listed(open.map(({ key }) => key));
  if (kubeProxy.kind === 'unreadable') {
    plan.refuse(
      'kube-proxy-config-unreadable',
      `kube-proxy may decide ${keys}, and its configuration could not be read: ${kubeProxy.why}. Repair it, or grant the right to read it.`,
    );
    return;
  }
  plan.refuse(
    'parameter-owned',
    `kube-proxy may decide ${keys}, and it is configured by ${kubeProxy.where}. ${kubeProxy.advice}`,
    {
      patch: sectionPatch(
        {},
        wantedSection(
          { tcpBeLiberal: true, udpTimeout: '1s', udpStreamTimeout: '1s' },
          open,
          [1],
          '1.29',
        ),
      ),
    },
  );
}

/** Table size, buckets, and the timeouts that kube-proxy has a field for. */
function mayBeDecided({ key, field }: Wish): boolean {
  return field !== undefined || [maxKey, bucketsKey, beLiberalKey].some((own) => own === key);
}

function differs(wish: Wish, node: SeenNode): boolean {
  const value = node.values[wish.key] ?? null;
  return value !== null && wishedFor(wish, value) !== value;
}

function tellOwner(plan: PlanDraft, { daemonSet, before, after }: ProxyPlan): void {
  const patch = sectionPatch(before, after);
  const { config } = daemonSet;
  if (config === null) {
    plan.refuse(
      'parameter-owned',
      `${objectText(daemonSet.object)} is configured by flags, which whoever made it keeps. Change them there.`,
      { patch },
    );
    return;
  }
  for (const { object, owner } of [config, daemonSet]) {
    if (owner === null) continue;
    plan.refuse(
      'parameter-owned',
      `${objectText(object)} is kept by ${owner.name}. ${owner.advice}`,
      {
        patch,
      },
    );
  }
  if (config.immutable) {
    plan.refuse(
      'parameter-owned',
      `${objectText(config.object)} is immutable: whoever made it replaces it as a whole. Change it at its source.`,
      { patch },
    );
  }
  if (daemonSet.updateStrategy === 'OnDelete') {
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${objectText(daemonSet.object)} would not be replaced: its update strategy is OnDelete. Set it to RollingUpdate.`,
    );
  }
}

/** One configuration for all of its nodes: it cannot be changed for some. */
function tellLeftOut(
  plan: PlanDraft,
  running: readonly SeenNode[],
  chosen: readonly SeenNode[],
): void {
  const names = running
    .filter((node) => !chosen.some(({ name }) => name === node.name))
    .map(({ name }) => name);
  if (names.length === 0) return;
  plan.refuse(
    'cluster-wide-owner',
    `kube-proxy decides this for all of its nodes at once, also for ${listed(names)}. Leave nodes.matchLabels out.`,
    { nodes: names },
  );
}

/** kube-proxy sets one size everywhere: nodes that have more, by hand or by their CPUs, would lose it. */
function tellLowered(
  plan: PlanDraft,
  { allowDecrease }: ConntrackSettings,
  proxyPlan: ProxyPlan,
  wishes: readonly Wish[],
): void {
  if (allowDecrease) return;
  const lowered = proxyPlan.nodes.filter((node) => {
    const wanted = writesUnder(proxyPlan.after, proxyPlan, node).get(maxKey);
    return wanted !== undefined && Number(node.values[maxKey] ?? 0) > Number(wanted);
  });
  if (lowered.length === 0) return;
  const names = lowered.map(({ name }) => name);
  const most = Math.max(...lowered.map((node) => Number(node.values[maxKey])));
  const isAsked = wishes.some(({ key }) => key === maxKey);
  plan.refuse(
    'decrease-not-allowed',
    `kube-proxy would lower ${maxKey} on ${listed(names)} when it restarts, where it is up to ${most} now. ${isAsked ? 'Ask for' : 'Also ask for maxEntries of'} at least ${most}, or set allowDecrease.`,
    { nodes: names },
  );
}

/** kube-proxy does not start where it cannot write what it wants to. Source: domain.md 2.1. */
function tellFailing(plan: PlanDraft, proxyPlan: ProxyPlan): void {
  const failing = new Map<string, string[]>();
  for (const node of proxyPlan.nodes) {
    const writes = writesUnder(proxyPlan.after, proxyPlan, node);
    for (const [key, value] of writes) {
      const isWritten = node.values[key] !== value;
      if (!isWritten || !node.readOnly.includes(key)) continue;
      failing.set(key, [...(failing.get(key) ?? []), node.name]);
    }
    const max = writes.get(maxKey);
    const buckets = Number(node.values[bucketsKey] ?? 0);
    if (max === undefined || buckets >= Number(max) / 4 || !node.readOnly.includes(bucketsKey))
      continue;
    failing.set(bucketsKey, [...(failing.get(bucketsKey) ?? []), node.name]);
  }
  for (const [key, names] of failing) {
    plan.refuse(
      'kube-proxy-would-fail',
      `${key} is read-only on ${listed(names)}: kube-proxy would want to change it there and not start. Leave it out of kube-proxy’s configuration (maxPerCore: 0 for the size, 0s for a timeout) and try again.`,
      { nodes: names },
    );
  }
}
