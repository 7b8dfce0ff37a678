import { type KernelKeyName, type NodeValue, type PlanDraft } from '@fairlead/core';
import { byText, listed } from './by-text.js';
import { whyUnwritable, type SeenNode } from './seen-node.js';

/** What stands in the way of a key on some nodes, and what is to be written on the others. */
export interface KeyWrites {
  /** Values before, by the value that they become. */
  readonly groups: ReadonlyMap<string, readonly NodeValue[]>;
  readonly absentOn: readonly string[];
  /** Only where a write would be needed. */
  readonly readOnlyOn: readonly string[];
}

/** Compares a key on each node with what it should become there. */
export function writesOf(
  key: KernelKeyName,
  nodes: readonly SeenNode[],
  after: (current: string) => string,
): KeyWrites {
  const groups = new Map<string, NodeValue[]>();
  const absentOn: string[] = [];
  const readOnlyOn: string[] = [];
  for (const node of nodes.toSorted((a, b) => byText(a.name, b.name))) {
    const value = node.values[key] ?? null;
    if (value === null) {
      absentOn.push(node.name);
      continue;
    }
    const wanted = after(value);
    if (wanted === value) continue;
    if (node.readOnly.includes(key)) {
      readOnlyOn.push(node.name);
      continue;
    }
    groups.set(wanted, [...(groups.get(wanted) ?? []), { node: node.name, value }]);
  }
  return { groups, absentOn, readOnlyOn };
}

export interface NodeChangeDraft {
  readonly idPrefix: string;
  readonly key: KernelKeyName;
  readonly groups: KeyWrites['groups'];
  readonly decidedBy?: string;
}

/** One `node` change per value that a key is to take; all nodes agree on one as a rule. */
export function addNodeChanges(plan: PlanDraft, draft: NodeChangeDraft): void {
  const groups = [...draft.groups].toSorted(([a], [b]) => byText(a, b));
  for (const [at, [after, before]] of groups.entries()) {
    const nodes = listed(before.map(({ node }) => node));
    plan.add({
      kind: 'node',
      id: `${draft.idPrefix}/${draft.key}${at === 0 ? '' : `/${at + 1}`}`,
      summary: `Set ${draft.key} to ${after === '' ? 'nothing' : after} on ${nodes}.`,
      key: draft.key,
      before: [...before],
      after,
      ...(draft.decidedBy !== undefined && { decidedBy: draft.decidedBy }),
    });
  }
}

export type UnsupportedNodes = 'refuse' | 'skip';

export interface Unsupported {
  readonly code: string;
  /** A sentence that says what is the matter, without the way out. */
  readonly message: string;
  readonly nodes: readonly string[];
  readonly patch?: string;
}

/** Says no because of some nodes, or names them and goes on without: as the settings choose. */
export function tellUnsupported(
  plan: PlanDraft,
  policy: UnsupportedNodes,
  { code, message, nodes, patch }: Unsupported,
): void {
  if (nodes.length === 0) return;
  if (policy === 'skip') {
    plan.warn(code, `${message} The plan leaves it out there.`, nodes);
    return;
  }
  plan.refuse(
    code,
    `${message} Take those nodes out with nodes.matchLabels, or set unsupportedNodes to skip.`,
    { nodes, ...(patch !== undefined && { patch }) },
  );
}

/** The nodes that can be written to; the others are told. */
export function reachableNodes(
  plan: PlanDraft,
  policy: UnsupportedNodes,
  nodes: readonly SeenNode[],
): readonly SeenNode[] {
  const reasons = new Map<string, string[]>();
  for (const node of nodes) {
    const why = whyUnwritable(node);
    if (why !== null) reasons.set(why, [...(reasons.get(why) ?? []), node.name]);
  }
  for (const [why, names] of [...reasons].toSorted(([a], [b]) => byText(a, b))) {
    tellUnsupported(plan, policy, {
      code: 'node-unreachable',
      message: `${listed(names)} cannot be written to: ${names.length === 1 ? 'it' : 'each'} ${why}.`,
      nodes: names,
    });
  }
  return nodes.filter((node) => whyUnwritable(node) === null);
}
