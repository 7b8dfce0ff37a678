import type { KernelKeyName, NodeValue, PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { ConntrackObservation } from './observe.js';
import type { PlannedKey } from './plan.js';
import { writesUnder, type ProxyPlan } from './proxy-plan.js';
import { bucketsKey, maxKey, timeouts } from './timeouts.js';

/** The kernel rounds the number of buckets up to whole pages; this is a multiple on every page size. */
const bucketStep = 8192;

/**
 * The asked keys, and those that a restart of kube-proxy changes although nobody asked: what was set
 * by hand behind its back, and the hash table where a quarter of the size is more. Written by us
 * beforehand, they have an original to go back to. A value that only the restart of an undo would
 * change is recorded too: it is written as it is.
 */
export function withImplied(
  asked: readonly PlannedKey[],
  proxy: ProxyPlan | null,
  nodes: readonly SeenNode[],
): readonly PlannedKey[] {
  if (proxy === null) return asked;
  const groups = new Map<KernelKeyName, Map<string, NodeValue[]>>();
  for (const node of nodes.toSorted((a, b) => byText(a.name, b.name))) {
    if (!proxy.nodes.some(({ name }) => name === node.name)) continue;
    for (const { key, after } of impliedOn(node, asked, proxy)) {
      const value = node.values[key] ?? null;
      if (value === null || node.readOnly.includes(key)) continue;
      const ofKey = groups.get(key) ?? new Map<string, NodeValue[]>();
      groups.set(key, ofKey.set(after, [...(ofKey.get(after) ?? []), { node: node.name, value }]));
    }
  }
  // What is implied replaces what was asked for on the same node: kube-proxy has the last word.
  const implied = [...groups].map(([key, ofKey]): PlannedKey => {
    const own = asked.find((planned) => planned.key === key);
    if (own === undefined) {
      return { key, wish: null, writes: { groups: ofKey, absentOn: [], readOnlyOn: [] } };
    }
    return { ...own, writes: { ...own.writes, groups: overlaid(own.writes.groups, ofKey) } };
  });
  return [...asked.filter(({ key }) => !groups.has(key)), ...implied];
}

function impliedOn(
  node: SeenNode,
  asked: readonly PlannedKey[],
  proxy: ProxyPlan,
): { readonly key: KernelKeyName; readonly after: string }[] {
  const [now, then] = [proxy.after, proxy.before].map((section) =>
    writesUnder(section, proxy, node),
  );
  if (now === undefined || then === undefined) return [];
  const keys = [...new Set([...now.keys(), ...then.keys()])];
  const implied = keys.flatMap((key) => {
    const live = node.values[key];
    const after = now.get(key) ?? plannedValue(asked, node, key);
    const isReset = then.has(key) && then.get(key) !== live;
    return after === live && !isReset ? [] : [{ key, after }];
  });
  return [...implied, ...impliedBuckets(node, asked, now.get(maxKey), then.get(maxKey))];
}

function impliedBuckets(
  node: SeenNode,
  asked: readonly PlannedKey[],
  maxNow: string | undefined,
  maxThen: string | undefined,
): { readonly key: KernelKeyName; readonly after: string }[] {
  const planned = plannedValue(asked, node, bucketsKey);
  const quarter = Math.floor(Number(maxNow ?? 0) / 4);
  if (Number(planned) < quarter) {
    return [{ key: bucketsKey, after: String(Math.ceil(quarter / bucketStep) * bucketStep) }];
  }
  const isRaisedByUndo = Number(planned) < Math.floor(Number(maxThen ?? 0) / 4);
  return isRaisedByUndo ? [{ key: bucketsKey, after: planned }] : [];
}

function overlaid(
  below: ReadonlyMap<string, readonly NodeValue[]>,
  above: ReadonlyMap<string, readonly NodeValue[]>,
): Map<string, readonly NodeValue[]> {
  const covered = new Set([...above.values()].flat().map(({ node }) => node));
  const merged = new Map<string, readonly NodeValue[]>();
  for (const [after, before] of below) {
    const left = before.filter(({ node }) => !covered.has(node));
    if (left.length > 0) merged.set(after, left);
  }
  for (const [after, before] of above) {
    const all = [...(merged.get(after) ?? []), ...before];
    merged.set(
      after,
      all.toSorted((a, b) => byText(a.node, b.node)),
    );
  }
  return merged;
}

function plannedValue(keys: readonly PlannedKey[], node: SeenNode, key: KernelKeyName): string {
  for (const [after, before] of keys.find((planned) => planned.key === key)?.writes.groups ?? []) {
    if (before.some((value) => value.node === node.name)) return after;
  }
  return node.values[key] ?? String(Number.MAX_SAFE_INTEGER);
}

/** What else the changes bring with them. */
export function tellSideEffects(
  plan: PlanDraft,
  changing: readonly PlannedKey[],
  { datapath }: ConntrackObservation,
  proxy: ProxyPlan | null,
): void {
  const keys = changing.map(({ key }) => key);
  const unasked = changing.filter(
    ({ key, wish, writes }) => wish === null && key !== bucketsKey && isChange(writes.groups),
  );
  if (unasked.length > 0) {
    plan.warn(
      'restart-resets',
      `The restart of kube-proxy also sets ${listed(unasked.map(({ key }) => key))} to what its configuration says. An undo writes the present values back.`,
    );
  }
  if (changing.some(({ key, writes }) => key === bucketsKey && isChange(writes.groups))) {
    plan.warn(
      'rehash',
      'A new number of buckets moves every entry to a new table at once: packets wait for some milliseconds.',
    );
    plan.touchesConnections('new-delayed');
  }
  if (datapath !== null && (keys.includes(maxKey) || keys.includes(bucketsKey))) {
    plan.warn(
      'replaced-datapath',
      `${datapath} may track the pods’ connections in maps of its own; the kernel’s table then holds only the rest.`,
    );
  }
  tellShorterTimeout(plan, changing);
  tellReboot(plan, changing, proxy);
}

function isChange(groups: ReadonlyMap<string, readonly NodeValue[]>): boolean {
  return [...groups].some(([after, before]) => before.some(({ value }) => value !== after));
}

function tellShorterTimeout(plan: PlanDraft, changing: readonly PlannedKey[]): void {
  const { key } = timeouts.tcpEstablished;
  const groups = changing.find((planned) => planned.key === key)?.writes.groups ?? [];
  for (const [after, before] of groups) {
    if (!before.some(({ value }) => Number(value) > Number(after))) continue;
    plan.touchesConnections('some-cut');
    plan.note(
      `Connections that are silent for more than ${after} s lose their entry, and those that were translated break.`,
    );
    if (Number(after) < 7200) {
      plan.warn(
        'below-keepalive',
        `${after} s is less than the 7200 s after which TCP sends its first keep-alive by default: idle translated connections break before it.`,
      );
    }
    return;
  }
}

/** Kernel keys that nobody writes again when a node starts. */
function tellReboot(
  plan: PlanDraft,
  changing: readonly PlannedKey[],
  proxy: ProxyPlan | null,
): void {
  const lost = changing.filter(
    ({ key, wish }) =>
      wish !== null &&
      !(proxy?.nodes.some((node) => writesUnder(proxy.after, proxy, node).has(key)) ?? false),
  );
  if (lost.length === 0) return;
  plan.lostAtReboot();
  plan.warn(
    'until-reboot',
    `${listed(lost.map(({ key }) => key))} on a node goes back when it reboots, and nodes that join do not get it: kube-proxy does not set it. Put it into the nodes’ own configuration to keep it.`,
  );
}
