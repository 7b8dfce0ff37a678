import { objectText, type Json, type PlanDraft } from '@fairlead/core';
import { newPodMtus, reachable, type Bound } from './bounds.js';
import { tellFelix } from './felix.js';
import type { MtuNode, MtuObservation } from './observe.js';
import { valueText, type MtuField } from './overhead.js';
import type { RunningPods } from './running-pods.js';

const fieldId = 'mtu/field';
const restartId = 'mtu/restart';

/** Seconds for an agent in a pod of its own to start on every node, and for an operator to see an edit. */
const newPodSeconds = 300;
const pathSeconds = 120;

interface Write {
  readonly observed: MtuObservation;
  readonly field: MtuField;
  readonly bounds: readonly Bound[];
  readonly podMtuBytes: number;
  readonly after: Json;
}

/** A look at the paths, the edit, its restart, and a look at new pods. Answers what others follow. */
export function addFieldChanges(plan: PlanDraft, write: Write): readonly string[] {
  const { observed, field, podMtuBytes } = write;
  const nodes = reachable(observed).map(({ name }) => name);
  tellFelix(plan, observed.cni, podMtuBytes);
  proveHostPaths(plan, write, nodes);
  addEdit(plan, write);
  const { agents } = observed.cni;
  if (field.restarts !== null && agents !== null) {
    plan.add({
      kind: 'restart',
      id: restartId,
      summary: `Restart the ${agents.pods} pods of ${objectText(field.restarts)}, which read the MTU when they start.`,
      object: field.restarts,
      activates: [fieldId],
      deadlineSeconds: Math.min(7200, 120 + 60 * Math.max(1, agents.pods)),
    });
    plan.restartsPods(agents.pods);
    plan.rollsNodes(nodes);
    plan.note(
      'While an agent of the pod network restarts, connections go on: routes, tunnels and pods’ links stay.',
    );
  } else {
    plan.note(`The operator rolls what reads ${field.field.name} by itself.`);
  }
  const follows = field.restarts === null ? fieldId : restartId;
  awaitNewPods(plan, write, follows);
  return [fieldId];
}

/**
 * A look at what crosses between new pods once all is done. A bridge takes the smallest MTU of the links on it, so
 * that a pod which keeps a smaller one holds back what reaches every other pod of its node.
 */
export function provePodPaths(
  plan: PlanDraft,
  observed: MtuObservation,
  podMtuBytes: number,
  kept: readonly RunningPods[],
): void {
  const nodes = reachable(observed);
  if (nodes.length < 2) return;
  const bridged = new Set(nodes.filter(hasBridge).map(({ name }) => name));
  const smaller = kept
    .flatMap(({ pods }) => pods)
    .filter(({ node }) => bridged.has(node))
    .flatMap(({ mtuBytes }) => mtuBytes ?? [])
    .filter((mtuBytes) => mtuBytes < podMtuBytes);
  const bytes = smaller.reduce((least, mtuBytes) => Math.min(least, mtuBytes), podMtuBytes);
  if (bytes < podMtuBytes) {
    plan.warn(
      'held-back-by-pods',
      `The bridge on a node takes the smallest MTU of the pods on it: until ${smaller.length} running pods with less are recreated, packets that reach pods of their nodes carry ${bytes} bytes at most, and larger ones are answered as too big.`,
    );
  }
  plan.add({
    kind: 'await',
    id: 'mtu/prove-pods',
    summary: `Send packets of ${bytes} bytes that nobody may cut up between new pods of any two nodes.`,
    condition: { type: 'path-mtu', ends: 'pods', bytes, nodes: nodes.map(({ name }) => name) },
    deadlineSeconds: pathSeconds,
  });
}

function hasBridge({ podNetwork }: MtuNode): boolean {
  return podNetwork.some(({ name }) => /^(cni|cbr)\d/.test(name));
}

function proveHostPaths(
  plan: PlanDraft,
  { bounds, podMtuBytes }: Write,
  nodes: readonly string[],
): void {
  if (nodes.length < 2) return;
  for (const { family, overheadBytes, what } of bounds) {
    const bytes = podMtuBytes + overheadBytes;
    plan.add({
      kind: 'await',
      id: `mtu/prove-hosts/${family}`,
      summary: `Send packets of ${bytes} bytes (${podMtuBytes} and ${overheadBytes} for ${what}) that nobody may cut up between any two nodes.`,
      condition: { type: 'path-mtu', ends: 'hosts', family, bytes, nodes: [...nodes] },
      deadlineSeconds: pathSeconds,
    });
  }
}

function addEdit(plan: PlanDraft, { field: { field }, podMtuBytes, after }: Write): void {
  const was = valueText(field.value);
  plan.add({
    kind: 'edit',
    id: fieldId,
    summary: `Set ${field.name} in ${objectText(field.object)} to ${valueText(after)} (was ${was}), which gives new pods ${podMtuBytes}.`,
    object: field.object,
    edits: [
      {
        ...(field.document !== undefined && { document: field.document }),
        path: field.path,
        ...(field.value !== null && { before: field.value }),
        after,
      },
    ],
  });
}

/** One for each MTU that new pods had before, since that is what an undo has to bring back there. */
function awaitNewPods(
  plan: PlanDraft,
  { observed, field, podMtuBytes }: Write,
  follows: string,
): void {
  const link = field.linkMtuFor(podMtuBytes);
  for (const [former, nodes] of newPodMtus(observed)) {
    plan.add({
      kind: 'await',
      id: `mtu/new-pods/${former}`,
      summary: `See that new pods on ${nodes.length} nodes have a link of ${link} bytes, where they had ${former}.`,
      condition: {
        type: 'new-pod-mtu',
        mtuBytes: link,
        nodes: [...nodes].toSorted(),
        follows,
        undoneMtuBytes: former,
      },
      deadlineSeconds: newPodSeconds,
    });
  }
}
