import { sameJson, type KernelKeyName, type PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import { refuseForeignOwner, runsOn } from '../proxy-config/rolling.js';
import { whyUnwritable, type SeenNode } from '../seen-node.js';
import type { ConntrackSection, KubeProxyDaemonSet } from './kube-proxy.js';
import { configuredMax, kubeProxyWrites } from './kube-proxy-writes.js';
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
  written: readonly SeenNode[],
): ProxyPlan | null {
  const { kubeProxy } = observed;
  if (kubeProxy.kind === 'absent') return null;
  if (kubeProxy.kind !== 'daemon-set') {
    tellUndecidable(plan, kubeProxy, wishes, written);
    return null;
  }
  const running = observed.nodes.filter((node) => runsOn(kubeProxy, node));
  const before = kubeProxy.section ?? {};
  const cpus = running.map((node) => node.cpus);
  const after = wantedSection(before, wishes, cpus, kubeProxy.version);
  tellFewBuckets(plan, kubeProxy, after, wishes, running);
  if (sameJson(before, after)) return null;

  const nodes = running.filter((node) => whyUnwritable(node) === null);
  const proxyPlan = { daemonSet: kubeProxy, before, after, nodes };
  refuseForeignOwner(plan, kubeProxy, sectionPatch(before, after));
  tellLeftOut(plan, running, written);
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

/**
 * One configuration for all of its nodes: one that is not written by us would change with the others,
 * and nobody would know its originals. A node that is away would also hold up the roll.
 */
function tellLeftOut(
  plan: PlanDraft,
  running: readonly SeenNode[],
  written: readonly SeenNode[],
): void {
  const names = running
    .filter((node) => !written.some(({ name }) => name === node.name))
    .map(({ name }) => name);
  if (names.length === 0) return;
  plan.refuse(
    'cluster-wide-owner',
    `kube-proxy decides this for all of its nodes at once, also for ${listed(names)}, which cannot be written to or were left out. Leave nodes.matchLabels out, and bring nodes that are away back first.`,
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

/** At each start kube-proxy raises the buckets to a quarter of the size that it sets. Source: domain.md 2.1. */
function tellFewBuckets(
  plan: PlanDraft,
  daemonSet: KubeProxyDaemonSet,
  section: ConntrackSection,
  wishes: readonly Wish[],
  nodes: readonly SeenNode[],
): void {
  const wish = wishes.find(({ key }) => key === bucketsKey);
  if (wish === undefined) return;
  const quarterOf = (node: SeenNode) =>
    Math.floor((configuredMax(section, node.cpus, daemonSet.version) ?? 0) / 4);
  const few = nodes.filter((node) => {
    const current = node.values[bucketsKey] ?? null;
    return current !== null && Number(wishedFor(wish, current)) < quarterOf(node);
  });
  if (few.length === 0) return;
  const names = few.map(({ name }) => name);
  plan.refuse(
    'buckets-too-few',
    `kube-proxy raises the buckets to a quarter of the table’s size whenever it starts: on ${listed(names)} to more than ${wish.wanted}. Ask for at least ${Math.max(...few.map(quarterOf))} buckets, or leave them out.`,
    { nodes: names },
  );
}

/**
 * kube-proxy does not start where it cannot write what it wants to: under the new configuration, or
 * under the old one when it is undone. Source: domain.md 2.1.
 */
export function tellFailing(plan: PlanDraft, proxyPlan: ProxyPlan): void {
  const failing = new Map<string, Set<string>>();
  for (const node of proxyPlan.nodes) {
    for (const section of [proxyPlan.after, proxyPlan.before]) {
      for (const key of unwritable(writesUnder(section, proxyPlan, node), node)) {
        failing.set(key, (failing.get(key) ?? new Set()).add(node.name));
      }
    }
  }
  for (const [key, names] of [...failing].toSorted(([a], [b]) => byText(a, b))) {
    plan.refuse(
      'kube-proxy-would-fail',
      `${key} is read-only on ${listed([...names])}: kube-proxy would want to change it there and not start. Leave it out of kube-proxy’s configuration (maxPerCore: 0 for the size, 0s for a timeout) and try again.`,
      { nodes: [...names] },
    );
  }
}

function unwritable(writes: ReadonlyMap<KernelKeyName, string>, node: SeenNode): KernelKeyName[] {
  const keys = [...writes].flatMap(([key, value]) => (node.values[key] === value ? [] : [key]));
  const max = Number(writes.get(maxKey) ?? 0);
  const isRehashed = Number(node.values[bucketsKey] ?? Infinity) < Math.floor(max / 4);
  if (isRehashed) keys.push(bucketsKey);
  return keys.filter((key) => node.readOnly.includes(key));
}
