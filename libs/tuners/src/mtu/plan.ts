import { objectText, sameJson, type Json, type Plan, PlanDraft } from '@fairlead/core';
import { listed } from '../by-text.js';
import { tellUnsupported } from '../node-writes.js';
import {
  boundsOf,
  largestPodMtu,
  leastPodMtu,
  mtusText,
  newPodMtus,
  reachable,
  whyUnreached,
  type Bound,
} from './bounds.js';
import { addFieldChanges, provePodPaths } from './field-changes.js';
import type { MtuObservation } from './observe.js';
import { mtuFieldOf, valueText, type MtuField } from './overhead.js';
import { byWidth, familyOf, pathText } from './path-digest.js';
import { planRunningPods } from './recreate.js';
import type { MtuSettings } from './settings.js';

/**
 * Plans the MTU of pods at the field that decides it. Pure; never throws.
 *
 * @param settings  the MTU, or as much as the paths carry; what becomes of pods that run
 * @param observed  links, paths between nodes in bytes, the CNI's fields, running pods
 * @returns         a look at the paths, the edit, its restart, a look at new pods, the workloads that are
 *                  recreated, and a look at what crosses between pods
 * Source: domain.md 5.
 */
export function planMtu(settings: MtuSettings, observed: MtuObservation): Plan {
  const plan = new PlanDraft('mtu');
  tellUnreached(plan, settings.unsupportedNodes, observed);
  if (reachable(observed).length === 0) {
    plan.refuse('no-nodes', 'No node answered, so that nothing is known. Check that agents start.');
    return plan.finish();
  }
  const field = mtuFieldOf(observed.cni);
  if ('code' in field) {
    plan.refuse(field.code, field.message);
    return plan.finish();
  }
  const bounds = boundsOf(observed);
  if (bounds === null) {
    plan.refuse(
      'encapsulation-unknown',
      `It is not known what ${observed.cni.title} wraps around packets here. Check its configuration.`,
    );
    return plan.finish();
  }
  const podMtuBytes = wantedMtu(plan, settings, observed, bounds);
  if (podMtuBytes === null) return plan.finish();

  tellPaths(plan, observed);
  const written = addWrite(plan, observed, field, bounds, podMtuBytes);
  const kept = planRunningPods(plan, settings, observed, {
    linkMtuBytes: field.linkMtuFor(podMtuBytes),
    activates: written,
  });
  if (written.length > 0) provePodPaths(plan, observed, podMtuBytes, kept);
  return plan.finish();
}

function tellUnreached(
  plan: PlanDraft,
  policy: MtuSettings['unsupportedNodes'],
  observed: MtuObservation,
): void {
  const lost = observed.nodes.flatMap((node) => {
    const why = node.os === 'windows' ? null : whyUnreached(node);
    return why === null ? [] : [{ name: node.name, why }];
  });
  tellUnsupported(plan, policy, {
    code: 'path-unproved',
    message: `Nothing is known of the paths of ${listed(lost.map(({ name, why }) => `${name} (${why})`))}.`,
    nodes: lost.map(({ name }) => name),
  });
}

/** The MTU that pods get; null, with a refusal, where it cannot be had. */
function wantedMtu(
  plan: PlanDraft,
  { podMtu }: MtuSettings,
  observed: MtuObservation,
  bounds: readonly Bound[],
): number | null {
  const unproved = observed.hostPaths.unproved;
  const missing = bounds.filter(({ carriesBytes }) => carriesBytes === null);
  if (unproved.count > 0 || missing.length > 0) {
    const named = listed(unproved.first.map(pathText), 3);
    const what = unproved.count > 0 ? `from ${named}` : `over ${familyText(missing)}`;
    plan.refuse(
      'path-unproved',
      `No packet of any size came through ${what}, so that nothing is known of the path. Check that UDP port 10712 may pass between all nodes, and plan again.`,
      { nodes: [...new Set(unproved.first.flatMap(({ node, to }) => [node, to]))] },
    );
    return null;
  }
  const most = largestPodMtu(bounds);
  if (podMtu === 'from-path' && most === null) {
    plan.refuse(
      'path-unproved',
      'The links of the nodes tell no MTU. Set podMtu to a number of bytes.',
    );
    return null;
  }
  const bytes = podMtu === 'from-path' ? (most ?? 0) : podMtu;
  for (const bound of bounds) tellTooSmall(plan, observed, bound, bytes, most);
  const least = leastPodMtu(observed);
  if (bytes < least) {
    const why = least === 1280 ? 'IPv6 does not work with less' : 'IPv4 hosts take at least that';
    plan.refuse(
      'below-minimum',
      `Pods need an MTU of ${least} bytes or more, since ${why}, and ${bytes} is asked for. Set podMtu higher.`,
    );
  }
  return plan.isRefused ? null : bytes;
}

function familyText(bounds: readonly Bound[]): string {
  return listed(bounds.map(({ family }) => (family === 'ipv4' ? 'IPv4' : 'IPv6')));
}

function tellTooSmall(
  plan: PlanDraft,
  observed: MtuObservation,
  { family, carriesBytes, overheadBytes, what }: Bound,
  podMtuBytes: number,
  most: number | null,
): void {
  const needs = podMtuBytes + overheadBytes;
  if (carriesBytes === null || needs <= carriesBytes) return;
  const narrow = observed.hostPaths.narrowest
    .filter((path) => familyOf(path) === family && (path.passesBytes ?? 0) < needs)
    .toSorted(byWidth);
  const where =
    narrow.length > 0
      ? `less passes from ${listed(narrow.map(pathText))}`
      : `the nodes’ links take ${carriesBytes}`;
  const advice = most === null ? 'Set podMtu lower' : `Set podMtu to ${most} or less`;
  plan.refuse(
    'path-too-small',
    `Pods of ${podMtuBytes} bytes with ${overheadBytes} for ${what} send packets of ${needs}, but ${where}. ${advice}, or raise the MTU of the network between the nodes first.`,
    { nodes: [...new Set(narrow.flatMap(({ node, to }) => [node, to]))] },
  );
}

function tellPaths(plan: PlanDraft, { hostPaths, nodes }: MtuObservation): void {
  const { silent, targetNodes } = hostPaths;
  if (silent.count > 0) {
    const named = listed(silent.first.toSorted(byWidth).map(pathText), 3);
    plan.warn(
      'path-swallows',
      `Larger packets are lost without a word on ${silent.count} paths: ${named} bytes pass. Nobody who sends more from there ever learns why; allow ICMP "fragmentation needed" and "packet too big" on the way.`,
    );
  }
  const others = nodes.filter((node) => whyUnreached(node) === null).length;
  if (targetNodes > 0 && targetNodes < others) {
    plan.warn(
      'paths-sampled',
      `Each node sent to ${targetNodes} of the ${others} nodes, spread evenly: a narrower path to one of the others would not have shown.`,
    );
  }
}

/** The ids of the changes that a workload's roll follows; none when the field says so already. */
function addWrite(
  plan: PlanDraft,
  observed: MtuObservation,
  field: MtuField,
  bounds: readonly Bound[],
  podMtuBytes: number,
): readonly string[] {
  const link = field.linkMtuFor(podMtuBytes);
  const seen = newPodMtus(observed);
  const isThere = [...seen.keys()].every((mtu) => mtu === link);
  const after: Json = field.valueFor(podMtuBytes);
  const before = field.field.value;
  // What the CNI works out by itself is as good as what is written, and follows the links.
  if (isThere && (before === null || isAutomatic(before) || sameJson(before, after))) return [];
  if (!isAllowed(plan, observed, field, after)) return [];
  tellKeptTunnel(plan, observed, podMtuBytes);

  const raised = [...seen].filter(([mtu]) => mtu < link);
  if (raised.length > 0) {
    plan.note(
      `New pods had an MTU of ${mtusText(seen)}. TCP agrees on the smaller one of both ends; UDP that sets don’t-fragment does not, so that large datagrams to pods that keep the smaller MTU are lost until these are recreated.`,
    );
  }
  return addFieldChanges(plan, { observed, field, bounds, podMtuBytes, after });
}

/** flannel takes over the tunnel that it finds, with the MTU that it was made with: it only makes a new one. */
function tellKeptTunnel(plan: PlanDraft, observed: MtuObservation, podMtuBytes: number): void {
  if (observed.cni.name !== 'flannel') return;
  const narrow = reachable(observed).flatMap(({ name, podNetwork }) =>
    podNetwork
      .filter((link) => link.name.startsWith('flannel') && link.mtuBytes < podMtuBytes)
      .map((link) => ({ node: name, text: `${link.name} on ${name} takes ${link.mtuBytes}` })),
  );
  if (narrow.length === 0) return;
  plan.refuse(
    'tunnel-too-small',
    `Pods of ${podMtuBytes} bytes would send through a narrower tunnel: ${listed(narrow.map(({ text }) => text))}, and flannel keeps it when it starts again. Take the link away on each node (ip link delete) and restart flannel there, or reboot the nodes one after the other, with the larger Backend.MTU in place.`,
    { nodes: narrow.map(({ node }) => node) },
  );
}

/** 0 is how every CNI writes that it works the MTU out by itself. */
function isAutomatic(value: Json): boolean {
  return value === 0 || value === '0' || value === '';
}

/** Whether the field may be written here, by us; refuses where not. */
function isAllowed(
  plan: PlanDraft,
  { cni }: MtuObservation,
  { field, restarts }: MtuField,
  after: Json,
): boolean {
  const patch = `${objectText(field.object)} ${field.name} = ${valueText(after)}`;
  const keeper = field.owner === null ? null : { object: field.object, owner: field.owner };
  const agents =
    restarts !== null && cni.agents !== null && cni.agents.owner !== null
      ? { object: cni.agents.object, owner: cni.agents.owner }
      : null;
  for (const kept of [keeper, agents]) {
    if (kept === null) continue;
    const { owner, object } = kept;
    plan.refuse(
      'parameter-owned',
      `${objectText(object)} is kept by ${owner.name}. ${owner.advice}`,
      { patch },
    );
  }
  if (cni.cilium?.config?.immutable === true && field.name === 'mtu') {
    plan.refuse(
      'parameter-owned',
      `${objectText(field.object)} is immutable: whoever made it replaces it as a whole. Change it at its source.`,
      { patch },
    );
  }
  if (restarts !== null && cni.agents?.updateStrategy === 'OnDelete') {
    plan.refuse(
      'workload-will-not-roll',
      `The pods of ${objectText(restarts)} would not be replaced: its update strategy is OnDelete. Set it to RollingUpdate.`,
    );
  }
  return !plan.isRefused;
}
