import { PlanDraft, type KernelKeyName, type NodeValue, type Plan } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import { writerOf } from '../key-writers.js';
import {
  addNodeChanges,
  reachableNodes,
  tellUnsupported,
  writesOf,
  type KeyWrites,
} from '../node-writes.js';
import { withoutOwnedNodes } from '../owned-nodes.js';
import type { SeenNode } from '../seen-node.js';
import type { ConntrackObservation } from './observe.js';
import { addProxyChanges } from './proxy-changes.js';
import { planProxy, restartId, writesUnder, type ProxyPlan } from './proxy-plan.js';
import type { ConntrackSettings } from './settings.js';
import { tellBelowUse, tellExhaustion, tellMemory } from './table-size.js';
import { tellSideEffects, withImplied } from './implied-writes.js';
import { bucketsKey, maxKey } from './timeouts.js';
import { wishedFor, wishesOf, type Wish } from './wishes.js';

/** One key with what it becomes on each node; `isAsked` is false for what follows from something else. */
export interface PlannedKey {
  readonly key: KernelKeyName;
  readonly wish: Wish | null;
  readonly writes: KeyWrites;
}

/**
 * Plans the connection table of every node. Pure; never throws.
 *
 * Where kube-proxy decides a value, its configuration is edited and it is rolled; the nodes are written
 * first, so that their originals are known: a restored configuration alone does not lower a table in
 * versions that only raise (domain.md 2.2, 8.2).
 *
 * @param settings  size, buckets, timeouts in seconds
 * @param observed  every node's keys and counters, and where kube-proxy's configuration stands
 * @returns         `node` changes by key, then the edit, the restart and the waits
 * Source: domain.md 2.
 */
export function planConntrack(settings: ConntrackSettings, observed: ConntrackObservation): Plan {
  const plan = new PlanDraft('conntrack');
  const labels = settings.nodes?.matchLabels ?? {};
  const chosen = observed.nodes.filter((node) =>
    Object.entries(labels).every(([name, value]) => node.labels[name] === value),
  );
  if (chosen.length === 0) {
    plan.refuse('no-nodes', 'No node has the labels that nodes.matchLabels asks for. Change them.');
    return plan.finish();
  }
  const reachable = reachableNodes(plan, settings.unsupportedNodes, chosen);
  const wishes = wishesOf(settings);
  const lines = wishes.map(({ key, wanted }) => ({ key, text: wanted }));
  const nodes = withoutOwnedNodes(plan, settings.unsupportedNodes, reachable, lines);
  const proxy = planProxy(plan, settings, observed, wishes, nodes);

  const asked = wishes.map((wish) => plannedKey(plan, wish, nodes, settings, observed));
  const keys = withImplied(asked, proxy, nodes).toSorted((a, b) => byText(a.key, b.key));
  const changing = keys.filter(({ writes }) => writes.groups.size > 0);
  tellTable(plan, settings, observed, nodes, changing);
  for (const { key, writes } of changing) {
    const isDecided = proxy !== null && mayWrite(proxy, key);
    addNodeChanges(plan, {
      idPrefix: 'conntrack',
      key,
      groups: writes.groups,
      ...(isDecided && { decidedBy: restartId }),
    });
  }
  if (proxy !== null) addProxyChanges(plan, proxy, nodes);
  tellSideEffects(plan, changing, observed, proxy);
  return plan.finish();
}

function plannedKey(
  plan: PlanDraft,
  wish: Wish,
  nodes: readonly SeenNode[],
  settings: ConntrackSettings,
  observed: ConntrackObservation,
): PlannedKey {
  const { key, wanted } = wish;
  const writes = writesOf(key, nodes, (current) => wishedFor(wish, current));
  const policy = settings.unsupportedNodes;
  tellUnsupported(plan, policy, {
    code: 'key-absent',
    message: `${key} does not exist on ${listed(writes.absentOn)}; the nf_conntrack module may not be loaded there.`,
    nodes: writes.absentOn,
  });
  tellUnsupported(plan, policy, {
    code: 'key-read-only',
    message: `${key} cannot be written on ${listed(writes.readOnlyOn)}.`,
    nodes: writes.readOnlyOn,
  });
  const keeping = nodes.filter(
    ({ values }) => wish.isRaiseOnly && Number(values[key]) > Number(wanted),
  );
  if (keeping.length > 0) {
    const names = keeping.map(({ name }) => name);
    plan.warn(
      'raise-only',
      `${key} is already more than ${wanted} on ${listed(names)} and is not lowered there. Set allowDecrease to lower it.`,
      names,
    );
  }
  const writer = writes.groups.size > 0 ? writerOf(key, observed.writers) : null;
  if (writer !== null) {
    const what = writer.keys === null ? `may set ${key}` : `sets ${key}`;
    plan.refuse('parameter-owned', `${writer.name} ${what}. ${writer.advice}`, {
      patch: `${key} = ${wanted}`,
    });
  }
  return { key, wish, writes };
}

/** Size, memory and evidence, on the nodes whose table changes. */
function tellTable(
  plan: PlanDraft,
  settings: ConntrackSettings,
  observed: ConntrackObservation,
  nodes: readonly SeenNode[],
  changing: readonly PlannedKey[],
): void {
  const after = (node: SeenNode, key: KernelKeyName) => {
    const held =
      changing.find((planned) => planned.key === key)?.writes.groups ??
      new Map<string, readonly NodeValue[]>();
    const found = [...held].find(([, before]) => before.some((value) => value.node === node.name));
    const text = found?.[0] ?? node.values[key] ?? null;
    return text === null ? null : Number(text);
  };
  const isTable = ({ key }: PlannedKey) => key.endsWith('_max') || key.endsWith('_buckets');
  const touched = new Set(
    changing
      .filter(isTable)
      .flatMap(({ writes }) => [...writes.groups.values()].flat())
      .map(({ node }) => node),
  );
  if (touched.size === 0) return;
  const growing = nodes.filter(({ name }) => touched.has(name));
  tellMemory(plan, settings, growing, after);
  tellBelowUse(plan, observed.use, growing, after);
  if (changing.some(({ key, wish }) => key === maxKey && wish !== null))
    tellExhaustion(plan, observed);
}

/** Whether kube-proxy sets the key at a start, under the new configuration or, after an undo, the old one. */
function mayWrite(proxy: ProxyPlan, key: KernelKeyName): boolean {
  // A start that sets the size raises the number of buckets with it.
  const decided = key === bucketsKey ? maxKey : key;
  return proxy.nodes.some((node) =>
    [proxy.before, proxy.after].some((section) => writesUnder(section, proxy, node).has(decided)),
  );
}
