import { isFields, sameValue, type FieldTree, type KubeObject } from './kube-object.js';
import { isAtomicMap, itemKey, listKeys } from './list-schema.js';

/** Members that belong to the server or name the object: nobody manages them. */
const unmanaged = new Set(['apiVersion', 'kind']);
const unmanagedMetadata = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
]);

/** One child of a value: its step in FieldsV1, and the path by which list-schema.ts knows it. */
export interface Child {
  readonly step: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The parts of a value that are managed one by one; null when it is one field as a whole. */
export function childrenOf(value: unknown, path: readonly string[]): readonly Child[] | null {
  if (Array.isArray(value)) {
    if (path.at(-1) === 'finalizers') {
      return value.map((item) => ({
        step: `v:${JSON.stringify(item)}`,
        path: [...path, ''],
        value: null,
      }));
    }
    const keys = listKeys(path);
    if (keys === null) return null;
    return value.map((item: unknown) => ({
      step: `k:${itemKey(item, keys)}`,
      path: [...path, '*'],
      value: item,
    }));
  }
  if (!isFields(value) || isAtomicMap(path)) return null;
  return Object.keys(value)
    .filter((name) => isManaged(path, name))
    .map((name) => ({ step: `f:${name}`, path: [...path, name], value: value[name] }));
}

function isManaged(path: readonly string[], name: string): boolean {
  if (path.length === 0) return !unmanaged.has(name);
  return path.length > 1 || path[0] !== 'metadata' || !unmanagedMetadata.has(name);
}

/** What an applied configuration lays claim to. */
export function treeOf(value: unknown, path: readonly string[] = []): FieldTree {
  const tree: FieldTree = {};
  for (const child of childrenOf(value, path) ?? []) {
    const inner = treeOf(child.value, child.path);
    if (child.step === 'f:metadata' && path.length === 0 && isLeaf(inner)) continue;
    // Owning any part of a list's item is owning that it is there.
    tree[child.step] = child.step.startsWith('k:') ? { '.': {}, ...inner } : inner;
  }
  return tree;
}

/** Parts that are never absent in the server's own types, so that being there is nobody's. */
const alwaysThere = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'containers',
  'strategy',
  'updateStrategy',
]);

/** What a write added or changed, as the writer will own it; `.` where a map or an item is new. */
export function changedTree(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): FieldTree | null {
  if (before !== undefined && sameValue(before, after)) return null;
  const children = childrenOf(after, path);
  if (children === null) return {};
  const old = new Map((childrenOf(before, path) ?? []).map((child) => [child.step, child.value]));
  const tree: FieldTree = {};
  for (const child of children) {
    const inner = changedTree(old.get(child.step), child.value, child.path);
    const isEmptyHead =
      child.step === 'f:metadata' && path.length === 0 && inner !== null && isLeaf(inner);
    if (inner !== null && !isEmptyHead) tree[child.step] = inner;
  }
  const isNew = before === undefined && !alwaysThere.has(path.at(-1) ?? 'metadata');
  if (isNew && children.length > 0) return { '.': {}, ...tree };
  return children.length === 0 || Object.keys(tree).length > 0 ? tree : null;
}

/** What was there before and is not any more. */
export function removedTree(
  before: unknown,
  after: unknown,
  path: readonly string[] = [],
): FieldTree {
  const tree: FieldTree = {};
  const now = new Map((childrenOf(after, path) ?? []).map((child) => [child.step, child.value]));
  for (const child of childrenOf(before, path) ?? []) {
    if (!now.has(child.step)) {
      tree[child.step] = { '.': {}, ...treeOf(child.value, child.path) };
      continue;
    }
    const inner = removedTree(child.value, now.get(child.step), child.path);
    if (Object.keys(inner).length > 0) tree[child.step] = inner;
  }
  return tree;
}

export function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

export function union(a: FieldTree, b: FieldTree): FieldTree {
  const joined: FieldTree = { ...a };
  for (const [step, inner] of Object.entries(b)) {
    const own = joined[step];
    joined[step] = own === undefined ? inner : union(own, inner);
  }
  return joined;
}

/** `a` without the paths that end in `b`. A map that loses all its parts goes too. */
export function minus(a: FieldTree, b: FieldTree): FieldTree {
  const left: FieldTree = {};
  for (const [step, inner] of Object.entries(a)) {
    const taken = b[step];
    if (taken === undefined) {
      left[step] = inner;
      continue;
    }
    if (isLeaf(inner)) continue;
    const rest = minus(inner, taken);
    if (!isLeaf(rest)) left[step] = rest;
  }
  return left;
}

/** Every path that ends in the tree, as steps; `.` is left out of the path that it marks. */
export function leaves(
  tree: FieldTree,
  path: readonly string[] = [],
): readonly (readonly string[])[] {
  if (isLeaf(tree)) return path.length === 0 ? [] : [path];
  return Object.entries(tree).flatMap(([step, inner]) =>
    step === '.' ? [path] : leaves(inner, [...path, step]),
  );
}

export function treeHas(tree: FieldTree, steps: readonly string[]): boolean {
  let here: FieldTree | undefined = tree;
  for (const step of steps) here = here?.[step];
  return here !== undefined && (isLeaf(here) || here['.'] !== undefined);
}

/** Whether a manager owns anything at or below a path. */
export function treeTouches(tree: FieldTree, steps: readonly string[]): boolean {
  let here: FieldTree | undefined = tree;
  for (const step of steps) {
    here = here?.[step];
    if (here === undefined) return false;
  }
  return true;
}

/** `.spec.template.spec.containers[name="agent"].image` */
export function pathText(steps: readonly string[]): string {
  return steps
    .map((step) => {
      if (step.startsWith('f:')) return `.${step.slice(2)}`;
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
      const keys = Object.entries(JSON.parse(step.slice(2)) as Record<string, unknown>);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** The value at steps of FieldsV1, or undefined. */
export function valueAtSteps(object: KubeObject, steps: readonly string[]): unknown {
  let here: unknown = object;
  let path: readonly string[] = [];
  for (const step of steps) {
    const child = (childrenOf(here, path) ?? []).find((one) => one.step === step);
    if (child === undefined) return undefined;
    here = child.value;
    path = child.path;
  }
  return here;
}
