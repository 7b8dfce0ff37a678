import { badRequest, patchRejected } from './api-error.js';
import {
  clone,
  isFields,
  sameValue,
  type Fields,
  type KubeObject,
  type Value,
} from './kube-object.js';
import { findItem, itemKey, listKeys } from './list-schema.js';

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Value;
}

/** RFC 6902. Small enough to own: the one package for it would be needed by the simulator alone. */
export function jsonPatch(object: KubeObject, operations: unknown): KubeObject {
  if (!Array.isArray(operations)) throw badRequest('error decoding patch: a JSON Patch is a list');
  let document: unknown = clone(object);
  for (const operation of operations as Operation[]) document = applyOperation(document, operation);
  return document as KubeObject;
}

function applyOperation(document: unknown, operation: Operation): unknown {
  const { op, path } = operation;
  switch (op) {
    case 'test':
      if (!sameValue(lookUp(document, path), operation.value ?? null)) throw patchRejected();
      return document;
    case 'add':
      return put(document, path, clone(operation.value ?? null), 'insert');
    case 'replace':
      if (lookUp(document, path) === undefined) throw patchRejected();
      return put(document, path, clone(operation.value ?? null), 'replace');
    case 'remove':
      if (lookUp(document, path) === undefined) throw patchRejected();
      return take(document, path);
    case 'copy':
    case 'move': {
      const value = lookUp(document, operation.from ?? '');
      if (value === undefined) throw patchRejected();
      const rest = op === 'move' ? take(document, operation.from ?? '') : document;
      return put(rest, path, clone(value), 'insert');
    }
    default:
      throw badRequest(`error decoding patch: unknown operation ${op}`);
  }
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function lookUp(document: unknown, pointer: string): unknown {
  let here = document;
  for (const step of stepsOf(pointer)) {
    if (Array.isArray(here)) here = here[Number(step)];
    else here = isFields(here) && Object.hasOwn(here, step) ? here[step] : undefined;
  }
  return here;
}

function parentOf(document: unknown, pointer: string): { parent: unknown; last: string } {
  const cut = pointer.lastIndexOf('/');
  const parent = lookUp(document, pointer.slice(0, cut));
  if (!Array.isArray(parent) && !isFields(parent)) throw patchRejected();
  return { parent, last: stepsOf(pointer).at(-1) ?? '' };
}

function put(
  document: unknown,
  pointer: string,
  value: unknown,
  how: 'insert' | 'replace',
): unknown {
  if (pointer === '') return value;
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent)) {
    const at = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(at) || at < 0 || at > parent.length) throw patchRejected();
    parent.splice(at, how === 'replace' ? 1 : 0, value);
  } else {
    (parent as Record<string, unknown>)[last] = value;
  }
  return document;
}

function take(document: unknown, pointer: string): unknown {
  const { parent, last } = parentOf(document, pointer);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else Reflect.deleteProperty(parent as Fields, last);
  return document;
}

/** RFC 7386. */
export function mergePatch<T>(target: T, patch: unknown): T {
  if (!isFields(patch)) return clone(patch) as T;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, name);
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged as T;
}

/**
 * Kubernetes' strategic merge patch: lists with a key are merged item by item, others replaced.
 * Understands `$patch: delete|replace` and `$retainKeys`; the order directives are ignored.
 */
export function strategicMerge<T>(target: T, patch: unknown, path: readonly string[] = []): T {
  if (Array.isArray(patch)) return mergeList(target, patch, path) as T;
  if (!isFields(patch)) return clone(patch) as T;
  const { $patch: directive, $retainKeys: retained, ...members } = patch;
  if (directive === 'replace') return members as T;
  const merged: Record<string, unknown> = isFields(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(members)) {
    if (name.startsWith('$setElementOrder/') || name.startsWith('$deleteFromPrimitiveList/'))
      continue;
    if (value === null) Reflect.deleteProperty(merged, name);
    else merged[name] = strategicMerge(merged[name], value, [...path, name]);
  }
  if (Array.isArray(retained)) {
    for (const name of Object.keys(merged))
      if (!retained.includes(name)) Reflect.deleteProperty(merged, name);
  }
  return merged as T;
}

function mergeList(target: unknown, patch: readonly Value[], path: readonly string[]): unknown[] {
  const keys = listKeys(path);
  if (keys === null) return clone([...patch]);
  let merged: unknown[] = Array.isArray(target) ? clone(target) : [];
  if (patch.some((item) => isFields(item) && item['$patch'] === 'replace')) merged = [];
  for (const item of patch) {
    if (!isFields(item) || item['$patch'] === 'replace') continue;
    const at = findItem(merged, itemKey(item, keys), keys);
    if (item['$patch'] === 'delete') {
      if (at !== -1) merged.splice(at, 1);
    } else if (at === -1) merged.push(clone(item));
    else merged[at] = strategicMerge(merged[at], item, [...path, '*']);
  }
  return merged;
}
