import { sameJson, type Change, type Json, type PlannedPart, type Refusal } from '@fairlead/core';
import { byText } from '../by-text.js';
import { keyDecidedBy } from './decided-keys.js';
import { overlap, writesIn, type Write } from './writes.js';

/**
 * Two tuners of one profile that write one parameter with different values: one refusal for each pair
 * of changes, naming both, with the two values as a patch for whoever decides between them. Pure.
 * Two that write the same value agree. Source: domain.md 8.4; Azure/AKS#3051, gardener/gardener#10431.
 */
export function ownershipConflicts(parts: readonly PlannedPart[]): readonly Refusal[] {
  const written = parts.flatMap(({ plan }) => plan.changes.map(writtenBy));
  const found = new Map<string, Refusal>();
  for (const [at, first] of written.entries()) {
    for (const second of written.slice(at + 1)) {
      if (first.change.tuner === second.change.tuner) continue;
      const clash = directClash(first, second) ?? behindTheOwner(first, second);
      if (clash === null) continue;
      const key = `${first.change.tuner} ${second.change.tuner} ${clash.parameter}`;
      if (!found.has(key)) found.set(key, refusalOf(clash));
    }
  }
  return [...found].toSorted(([a], [b]) => byText(a, b)).map(([, refusal]) => refusal);
}

/** A change with the places that it writes, found by their roots: a change of one key writes on every node. */
interface Written {
  readonly change: Change;
  readonly writes: readonly Write[];
  readonly byRoot: ReadonlyMap<string, readonly Write[]>;
}

function writtenBy(change: Change): Written {
  const writes = writesIn(change);
  return { change, writes, byRoot: Map.groupBy(writes, ({ root }) => root) };
}

interface Clash {
  readonly parameter: string;
  readonly first: Write;
  readonly second: Write;
}

function directClash(a: Written, b: Written): Clash | null {
  // Originals kept for a restart of the owner: what the key becomes, its configuration alone says.
  if (isOwners(a.change) && isOwners(b.change)) return null;
  for (const first of a.writes) {
    for (const second of b.byRoot.get(first.root) ?? []) {
      if (!overlap(first, second)) continue;
      const isSamePlace = first.place.length === second.place.length;
      if (isSamePlace && sameJson(first.after, second.after)) continue;
      const inner = first.place.length >= second.place.length ? first : second;
      return { parameter: parameterOf(inner), first, second };
    }
  }
  return null;
}

/** A key written on nodes, and the field from which kube-proxy writes it again at its next start. */
function behindTheOwner(a: Written, b: Written): Clash | null {
  const [ofNodes, ofOwner] = a.change.kind === 'node' ? [a, b] : [b, a];
  const [node, edit] = [ofNodes.change, ofOwner.change];
  if (node.kind !== 'node' || edit.kind !== 'edit' || isOwners(node)) return null;
  const path = edit.edits.find(
    ({ document, path: inside }) => document !== undefined && keyDecidedBy(inside) === node.key,
  )?.path;
  if (path === undefined) return null;
  const [ofNode] = ofNodes.writes;
  const ofField = ofOwner.writes.find(({ place }) => place.at(-1) === path.at(-1));
  if (ofNode === undefined || ofField === undefined) return null;
  const [first, second] = ofNodes === a ? [ofNode, ofField] : [ofField, ofNode];
  return { parameter: node.key, first, second };
}

/** A key that is written only so that the owner's next start, which sets it anyway, has an original to go back to. */
function isOwners(change: Change): boolean {
  return change.kind === 'node' && change.decidedBy !== undefined;
}

/** A kernel key once, whichever nodes it is written on. */
function parameterOf({ place, title }: Write): string {
  return place[0] === 'node' ? (place[2] ?? title) : title;
}

function refusalOf({ parameter, first, second }: Clash): Refusal {
  return {
    tuner: second.tuner,
    code: 'ownership-conflict',
    message: `The tuners ${first.tuner} and ${second.tuner} both decide ${parameter}: one writes ${first.title}, the other ${second.title}. Leave it to one of them.`,
    patch: [first, second]
      .map(({ tuner, title, after }) => `${tuner}: ${title} = ${textOf(after)}`)
      .join('\n'),
  };
}

function textOf(value: Json | undefined): string {
  if (value === undefined) return '(nothing)';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
