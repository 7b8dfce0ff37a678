import { ApiError } from './api-error.js';
import {
  childrenOf,
  isLeaf,
  leaves,
  minus,
  pathText,
  treeHas,
  treeOf,
  treeTouches,
  valueAtSteps,
} from './field-tree.js';
import {
  clone,
  isFields,
  sameValue,
  type FieldTree,
  type KubeObject,
  type ManagedFields,
} from './kube-object.js';
import { findItem, isAtomicMap, listKeys } from './list-schema.js';
import { entryOf, isEntryOf, sorted, type Writer } from './managed-fields.js';

interface FieldConflict {
  readonly entry: ManagedFields;
  readonly field: string;
}

/**
 * Server-side apply: merges a configuration into the live object, drops what the same manager applied
 * earlier and leaves out now, and keeps the books of who owns which field.
 *
 * Own code because no library does it outside of Go; the shapes and texts follow a real 1.36 server.
 * @throws ApiError 409 naming every other manager whose field would change, unless forced
 */
export function applyTo(
  live: KubeObject | undefined,
  applied: KubeObject,
  writer: Writer,
  options: { readonly force: boolean; readonly now: Date },
): KubeObject {
  const wanted = treeOf(applied);
  const entries = live?.metadata.managedFields ?? [];
  const own = entries.find((entry) => isEntryOf(entry, writer));
  let others = entries.filter((entry) => entry !== own);

  const conflicts = live === undefined ? [] : conflictsOf(live, applied, wanted, others);
  if (conflicts.length > 0) {
    if (!options.force) throw conflictError(conflicts);
    const taken = changedLeaves(live, applied, wanted);
    others = others
      .map((entry) => ({ ...entry, fieldsV1: minus(entry.fieldsV1, taken) }))
      .filter((entry) => !isLeaf(entry.fieldsV1));
  }

  const merged = merge(live ?? {}, applied, []) as KubeObject;
  if (own !== undefined) drop(merged, minusExact(own.fieldsV1, wanted), others, wanted);
  const isSame = own !== undefined && sameValue(own.fieldsV1, wanted);
  const entry = isSame ? own : entryOf(writer, wanted, options.now);
  const managed = isLeaf(wanted) ? others : [...others, entry];
  merged.metadata.managedFields = sorted(managed);
  return merged;
}

function differs(
  live: KubeObject | undefined,
  applied: KubeObject,
  steps: readonly string[],
): boolean {
  if (live === undefined) return true;
  const now = valueAtSteps(live, steps);
  const asked = valueAtSteps(applied, steps);
  // A map or an item that is there already is not changed by being named.
  if (now !== undefined && childrenOf(asked, pathOf(steps)) !== null) return false;
  return !sameValue(now, asked);
}

function conflictsOf(
  live: KubeObject,
  applied: KubeObject,
  wanted: FieldTree,
  others: readonly ManagedFields[],
): FieldConflict[] {
  const changed = leaves(wanted).filter((steps) => differs(live, applied, steps));
  return changed.flatMap((steps) =>
    others
      .filter((entry) => treeHas(entry.fieldsV1, steps))
      .map((entry) => ({ entry, field: pathText(steps) })),
  );
}

function changedLeaves(
  live: KubeObject | undefined,
  applied: KubeObject,
  wanted: FieldTree,
): FieldTree {
  const tree: FieldTree = {};
  for (const steps of leaves(wanted).filter((one) => differs(live, applied, one))) {
    let here = tree;
    for (const step of steps) here = here[step] ??= {};
  }
  return tree;
}

function managerText({ manager, operation, apiVersion, subresource }: ManagedFields): string {
  const name = JSON.stringify(manager);
  const of =
    subresource === undefined ? name : `${name} with subresource ${JSON.stringify(subresource)}`;
  return operation === 'Update' ? `${of} using ${apiVersion}` : of;
}

function conflictError(conflicts: readonly FieldConflict[]): ApiError {
  const causes = conflicts
    .map(({ entry, field }) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${managerText(entry)}`,
      field,
    }))
    .toSorted((a, b) => (a.field < b.field ? -1 : 1));
  const [first] = causes;
  if (causes.length === 1 && first !== undefined) {
    const text = `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
    return new ApiError(409, 'Conflict', text, { causes });
  }
  const managers = [...new Set(causes.map((cause) => cause.message))].toSorted();
  const lines = managers.flatMap((message) => [
    `${message.replace('conflict with', 'conflicts with')}:`,
    ...causes.filter((cause) => cause.message === message).map((cause) => `- ${cause.field}`),
  ]);
  const text = `Apply failed with ${causes.length} conflicts: ${lines.join('\n')}`;
  return new ApiError(409, 'Conflict', text, { causes });
}

function merge(live: unknown, applied: unknown, path: readonly string[]): unknown {
  if (Array.isArray(applied)) {
    const keys = listKeys(path);
    if (path.at(-1) === 'finalizers' && Array.isArray(live)) {
      return [...new Set<unknown>(live.concat(applied))];
    }
    if (keys === null || !Array.isArray(live)) return clone(applied);
    const merged: unknown[] = clone(live);
    for (const child of childrenOf(applied, path) ?? []) {
      const at = findItem(merged, child.step.slice(2), keys);
      if (at === -1) merged.push(clone(child.value));
      else merged[at] = merge(merged[at], child.value, child.path);
    }
    return merged;
  }
  if (!isFields(applied) || !isFields(live) || isAtomicMap(path)) return clone(applied);
  const merged: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    merged[name] = name in live ? merge(live[name], value, [...path, name]) : clone(value);
  }
  return merged;
}

/** Paths that end in `a` and are not in `b` at all. */
function minusExact(a: FieldTree, b: FieldTree): readonly (readonly string[])[] {
  return leaves(a).filter((steps) => !treeTouches(b, steps));
}

/** Deepest first, so that an item or map goes only when nobody holds a part of it. */
function drop(
  object: KubeObject,
  gone: readonly (readonly string[])[],
  others: readonly ManagedFields[],
  wanted: FieldTree,
): void {
  for (const steps of gone.toSorted((a, b) => b.length - a.length)) {
    const isHeld =
      others.some((entry) => treeTouches(entry.fieldsV1, steps)) || treeTouches(wanted, steps);
    if (!isHeld) remove(object, steps);
  }
}

function remove(object: KubeObject, steps: readonly string[]): void {
  const parentSteps = steps.slice(0, -1);
  const last = steps.at(-1) ?? '';
  const parent = parentSteps.length === 0 ? object : valueAtSteps(object, parentSteps);
  if (Array.isArray(parent)) {
    const at = (childrenOf(parent, pathOf(parentSteps)) ?? []).findIndex(
      (child) => child.step === last,
    );
    if (at !== -1) parent.splice(at, 1);
  } else if (isFields(parent)) {
    Reflect.deleteProperty(parent, last.slice(2));
  }
  // An empty map or list is left out of the answer, as Go's omitempty does.
  const isEmpty = Array.isArray(parent)
    ? parent.length === 0
    : isFields(parent) && Object.keys(parent).length === 0;
  if (isEmpty && parentSteps.length > 1) remove(object, parentSteps);
  else if (isEmpty && parentSteps.length === 1 && parentSteps[0] !== 'f:metadata') {
    Reflect.deleteProperty(object, (parentSteps[0] ?? '').slice(2));
  }
}

function pathOf(steps: readonly string[]): readonly string[] {
  return steps.map((step) => (step.startsWith('f:') ? step.slice(2) : '*'));
}
