import { type PlanDraft } from '@fairlead/core';
import { byText, listed } from '../by-text.js';
import type { SeenNode } from '../seen-node.js';
import type { SysctlKey } from './catalogue.js';
import type { SysctlObservation } from './observe.js';
import {
  assignmentsOf,
  isUpToDate,
  persistManifest,
  persistName,
  valuesIn,
  type PersistRequest,
} from './persisted-keys.js';

interface Persistence {
  readonly wanted: ReadonlyMap<SysctlKey, string>;
  readonly matchLabels: Readonly<Record<string, string>>;
  /** The nodes that the settings mean, and those of them that the plan may write. */
  readonly chosen: readonly SeenNode[];
  readonly written: readonly SeenNode[];
  readonly valueAfter: (node: SeenNode, key: SysctlKey) => string | null;
}

/** Our DaemonSet for these nodes: made, or brought up to what is asked now plus what it held before. */
export function planPersistence(
  plan: PlanDraft,
  observed: SysctlObservation,
  persistence: Persistence,
): void {
  const { ownNamespace } = observed;
  const name = persistName(persistence.matchLabels);
  if (observed.takenNames.includes(name)) {
    plan.refuse(
      'name-taken',
      `DaemonSet ${ownNamespace}/${name} exists and was not made by Fairlead. Rename or remove it.`,
    );
    return;
  }
  if (contradictsAnother(plan, observed, name, persistence.wanted)) return;

  const request = requestOf(plan, observed, persistence, name);
  tellExcluded(plan, request.excludedNodes, persistence.chosen);
  const standing = observed.persisted.find((other) => other.name === name);
  if (isUpToDate(standing, request)) return;

  const object = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: ownNamespace, name };
  const verb = standing === undefined ? 'Create' : 'Replace';
  const keys = [...persistence.wanted.keys()].toSorted(byText);
  plan.add({
    kind: 'create',
    id: `sysctl/persist/${name}`,
    summary: `${verb} DaemonSet ${ownNamespace}/${name}, which writes ${listed(keys)} whenever a node starts.`,
    object,
    manifest: persistManifest(request),
  });
  plan.add({
    kind: 'await',
    id: `sysctl/persist/${name}/rolled-out`,
    summary: `Wait until ${name} has run on every node.`,
    condition: { type: 'rolled-out', object },
    deadlineSeconds: 180 + 10 * persistence.written.length,
  });
  plan.note(
    `DaemonSet ${ownNamespace}/${name} stays, with one sleeping pod on each node, also on nodes that join later; an undo removes it.`,
  );
}

function requestOf(
  plan: PlanDraft,
  observed: SysctlObservation,
  { wanted, matchLabels, chosen, written, valueAfter }: Persistence,
  name: string,
): PersistRequest {
  const standing = observed.persisted.find((other) => other.name === name);
  const earlier = new Map(standing === undefined ? [] : valuesIn(standing));
  for (const key of wanted.keys()) earlier.delete(key);
  if (earlier.size > 0) {
    plan.warn(
      'persisted-earlier',
      `DaemonSet ${observed.ownNamespace}/${name} goes on writing ${listed([...earlier.keys()])}, which an earlier job asked for. Undo that job to end it.`,
    );
  }
  const values = new Map([...earlier, ...wanted]);
  const isWritable = (node: SeenNode) =>
    [...values].every(
      ([key, value]) =>
        !node.readOnly.includes(key) &&
        (wanted.has(key) ? valueAfter(node, key) === value : true) &&
        (node.values[key] ?? null) !== null,
    );
  const fit = new Set(written.filter(isWritable).map((node) => node.name));
  const excluded = new Set(chosen.filter((node) => !fit.has(node.name)).map((node) => node.name));
  // Where earlier keys stay, the nodes that could not have those stay out as well.
  if (earlier.size > 0) for (const node of standing?.excludedNodes ?? []) excluded.add(node);
  const { ownNamespace: namespace, agentImage: image } = observed;
  const excludedNodes = [...excluded].toSorted(byText);
  return { namespace, image, assignments: assignmentsOf(values), matchLabels, excludedNodes };
}

function tellExcluded(
  plan: PlanDraft,
  excluded: readonly string[],
  chosen: readonly SeenNode[],
): void {
  const names = excluded.filter((node) =>
    chosen.some(({ name, os }) => name === node && os === 'linux'),
  );
  if (names.length === 0) return;
  plan.lostAtReboot();
  plan.warn(
    'not-persisted-on',
    `The DaemonSet leaves out ${listed(names)}: some key is absent or read-only there, has more than was asked for, or the node could not be looked at.`,
    names,
  );
}

/** Two DaemonSets of ours, for different choices of nodes, must not disagree about a key. */
function contradictsAnother(
  plan: PlanDraft,
  observed: SysctlObservation,
  name: string,
  wanted: ReadonlyMap<SysctlKey, string>,
): boolean {
  for (const other of observed.persisted.toSorted((a, b) => byText(a.name, b.name))) {
    if (other.name === name) continue;
    const held = valuesIn(other);
    const key = [...wanted].find(([key, value]) => held.has(key) && held.get(key) !== value)?.[0];
    if (key === undefined) continue;
    plan.refuse(
      'persisted-otherwise',
      `DaemonSet ${observed.ownNamespace}/${other.name} writes another value of ${key} on the nodes of an earlier job. Undo that job, or ask for the same nodes.`,
    );
    return true;
  }
  return false;
}
