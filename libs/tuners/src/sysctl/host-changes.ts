import { reachOf, type PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
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
import { catalogue, valueText, type SysctlKey } from './catalogue.js';
import { joined } from './growth.js';
import type { SysctlObservation } from './observe.js';
import { planPersistence } from './persistence.js';
import { keyOrder, valuesIn } from './persisted-keys.js';
import { tellUnreservedPorts } from './port-range.js';
import { askedValue, type AskedValue, type SysctlSettings } from './settings.js';

/** One key as asked, on the nodes that may be written. */
interface HostKey {
  readonly key: SysctlKey;
  readonly asked: AskedValue;
  /** The value asked for, as kernel text. */
  readonly wanted: string;
  readonly writes: KeyWrites;
}

export function planHost(
  plan: PlanDraft,
  settings: SysctlSettings,
  observed: SysctlObservation,
): void {
  const chosen = observed.nodes.filter((node) => hasLabels(node, settings.nodes?.matchLabels));
  if (chosen.length === 0) {
    plan.refuse('no-nodes', 'No node has the labels that nodes.matchLabels asks for. Change them.');
    return;
  }
  const reachable = reachableNodes(plan, settings.unsupportedNodes, chosen);
  const asked = Object.entries(settings.host ?? {})
    .filter((entry): entry is [SysctlKey, AskedValue] => entry[1] !== undefined)
    .toSorted(([a], [b]) => keyOrder(a, b));
  const lines = asked.map(([key, ask]) => ({ key, text: valueText(key, askedValue(ask)) }));
  const nodes = withoutOwnedNodes(plan, settings.unsupportedNodes, reachable, lines);

  const keys = asked.map(([key, ask]) => hostKey(key, ask, nodes, settings));
  for (const hostKey of keys) planKey(plan, hostKey, nodes, settings, observed);

  tellUnreservedPorts(plan, nodes, (node, key) => valueAfter(node, key, keys));
  if (settings.persist === 'until-reboot') {
    if (keys.some(({ writes }) => writes.groups.size > 0)) plan.lostAtReboot();
    return;
  }
  planPersistence(plan, observed, {
    wanted: new Map(keys.map(({ key, wanted }) => [key, wanted])),
    matchLabels: settings.nodes?.matchLabels ?? {},
    chosen,
    written: nodes,
    valueAfter: (node, key) => valueAfter(node, key, keys),
  });
}

function hostKey(
  key: SysctlKey,
  asked: AskedValue,
  nodes: readonly SeenNode[],
  { allowDecrease }: SysctlSettings,
): HostKey {
  const wanted = valueText(key, askedValue(asked));
  const { growth } = catalogue[key];
  const isExact = growth === null || ('value' in asked && allowDecrease);
  const after = (current: string) => (isExact ? wanted : joined(growth, current, wanted));
  return { key, asked, wanted, writes: writesOf(key, nodes, after) };
}

function planKey(
  plan: PlanDraft,
  { key, asked, wanted, writes }: HostKey,
  nodes: readonly SeenNode[],
  settings: SysctlSettings,
  observed: SysctlObservation,
): void {
  const policy = settings.unsupportedNodes;
  tellUnsupported(plan, policy, {
    code: 'key-absent',
    message: `${key} does not exist on ${listed(writes.absentOn)}.`,
    nodes: writes.absentOn,
  });
  tellUnsupported(plan, policy, {
    code: 'key-read-only',
    message: `${key} cannot be written on ${listed(writes.readOnlyOn)}.`,
    nodes: writes.readOnlyOn,
  });
  if ('value' in asked) tellKept(plan, key, wanted, nodes, settings);
  if (writes.groups.size === 0) return;

  if (isOwned(plan, key, wanted, observed)) return;
  if (isPersistedOtherwise(plan, key, writes, settings, observed)) return;
  tellUnavailable(plan, key, wanted, writes, nodes);
  tellReach(plan, key);
  const { caveat } = catalogue[key];
  if (caveat !== undefined) plan.warn('caveat', `${key}: ${caveat}`);
  addNodeChanges(plan, { idPrefix: 'sysctl', key, groups: writes.groups });
}

/** Nodes that keep more than was asked for, since nobody allowed to lower it. */
function tellKept(
  plan: PlanDraft,
  key: SysctlKey,
  wanted: string,
  nodes: readonly SeenNode[],
  { allowDecrease }: SysctlSettings,
): void {
  const { growth } = catalogue[key];
  if (growth === null || allowDecrease) return;
  const keeping = nodes.filter((node) => {
    const value = node.values[key] ?? null;
    return value !== null && joined(growth, value, wanted) !== wanted;
  });
  if (keeping.length === 0) return;
  const names = keeping.map(({ name }) => name);
  plan.warn(
    'raise-only',
    `${key} is already more than ${wanted} on ${listed(names)} and is not lowered there. Set allowDecrease to lower it.`,
    names,
  );
}

function isOwned(
  plan: PlanDraft,
  key: SysctlKey,
  wanted: string,
  observed: SysctlObservation,
): boolean {
  const writer = writerOf(key, observed.writers);
  if (writer === null) return false;
  const what = writer.keys === null ? `may set ${key}` : `sets ${key}`;
  plan.refuse('parameter-owned', `${writer.name} ${what}. ${writer.advice}`, {
    patch: `${key} = ${wanted}`,
  });
  return true;
}

/** Our own DaemonSet would write its value again at the next start of a node. */
function isPersistedOtherwise(
  plan: PlanDraft,
  key: SysctlKey,
  { groups }: KeyWrites,
  settings: SysctlSettings,
  observed: SysctlObservation,
): boolean {
  if (settings.persist === 'daemonset') return false;
  const other = observed.persisted.find((standing) => {
    const value = valuesIn(standing).get(key);
    return value !== undefined && [...groups.keys()].some((after) => after !== value);
  });
  if (other === undefined) return false;
  plan.refuse(
    'persisted-otherwise',
    `DaemonSet ${observed.ownNamespace}/${other.name} writes another value of ${key} whenever a node starts. Set persist to daemonset, or undo the job that made it.`,
  );
  return true;
}

/** An algorithm that a kernel does not offer is refused by the kernel: better told now. */
function tellUnavailable(
  plan: PlanDraft,
  key: SysctlKey,
  wanted: string,
  { groups }: KeyWrites,
  nodes: readonly SeenNode[],
): void {
  if (key !== 'net.ipv4.tcp_congestion_control') return;
  const changed = new Set([...groups.values()].flat().map(({ node }) => node));
  const lacking = nodes
    .filter(({ name }) => changed.has(name))
    .filter(({ values }) => {
      const offered = values['net.ipv4.tcp_available_congestion_control'] ?? null;
      return offered !== null && !offered.split(' ').includes(wanted);
    })
    .map(({ name }) => name);
  if (lacking.length === 0) return;
  plan.refuse(
    'value-unavailable',
    `The kernel of ${listed(lacking)} does not offer ${wanted}. Load its module (tcp_${wanted}) there first, or ask for one of tcp_available_congestion_control.`,
    { nodes: lacking },
  );
}

function tellReach(plan: PlanDraft, key: SysctlKey): void {
  const reach = reachOf(key);
  if (reach === 'all-pods') return;
  if (reach === 'new-pods') {
    plan.warn(
      'limited-reach',
      `${key} on the host is copied into pods that start from now on; pods that run keep theirs until they are replaced.`,
    );
    return;
  }
  const { podSafeSince } = catalogue[key];
  const way =
    podSafeSince === undefined
      ? 'the kubelet’s allowedUnsafeSysctls together with the pods’ securityContext, or the CNI’s tuning plugin'
      : `the settings’ pods (allowed by kubelets since ${podSafeSince.kubernetes}), or the CNI’s tuning plugin`;
  plan.warn(
    'limited-reach',
    `${key} on the host changes host processes and hostNetwork pods only: every other pod has its own. What reaches those: ${way}.`,
  );
}

function hasLabels(node: SeenNode, labels: Readonly<Record<string, string>> = {}): boolean {
  return Object.entries(labels).every(([name, value]) => node.labels[name] === value);
}

/** What a node holds once the plan has run. */
function valueAfter(node: SeenNode, key: SysctlKey, keys: readonly HostKey[]): string | null {
  const writes = keys.find((hostKey) => hostKey.key === key)?.writes;
  for (const [after, before] of writes?.groups ?? []) {
    if (before.some((value) => value.node === node.name)) return after;
  }
  return node.values[key] ?? null;
}
