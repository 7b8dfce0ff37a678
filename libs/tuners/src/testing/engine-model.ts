import {
  corefileValue,
  editCorefile,
  isCorefileProblem,
  objectText,
  parseCorefile,
  sameJson,
  valueAt,
  type Change,
  type ChangeOf,
  type Json,
  type JsonObject,
  type Plan,
  type SeenObject,
} from '@fairlead/core';
import { parseDocument } from 'yaml';
import { restartForMtu } from '../mtu/testing/mtu-world.js';
import { undoOrder } from '../../../core/src/engine/undo-order.js';
import { reconcile } from './controllers-model.js';
import { restartKubeProxy } from './kube-proxy-model.js';
import { find, getKey, put, setKey, textsOf, type World } from './world.js';

type Original =
  | { readonly kind: 'object'; readonly object: SeenObject | null }
  | { readonly kind: 'keys'; readonly values: readonly (readonly [node: string, value: string])[] };

/** What was there before each change, as the engine's journal keeps it. */
export type Journal = ReadonlyMap<string, Original>;

/** Carries a plan out on a world as the engine does on a cluster. Throws where a cluster would refuse. */
export function applyPlan(world: World, plan: Plan): Journal {
  const journal = new Map<string, Original>();
  for (const change of plan.changes) {
    if (journal.has(change.id)) throw new Error(`two changes are called ${change.id}`);
    journal.set(change.id, apply(world, change));
    reconcile(world);
  }
  // Everything is read back once all is written.
  for (const change of plan.changes) verify(world, change);
  return journal;
}

export function undoPlan(world: World, plan: Plan, journal: Journal): void {
  for (const change of undoOrder(plan.changes)) {
    const original = journal.get(change.id);
    if (change.kind === 'restart') restart(world, change);
    if (change.kind === 'edit' || change.kind === 'create') {
      if (original?.kind !== 'object') continue;
      if (original.object === null) world.objects.delete(objectText(change.object));
      else put(world, original.object);
      reconcile(world);
    }
    if (change.kind !== 'node' || original?.kind !== 'keys') continue;
    for (const [node, value] of original.values) {
      const now = getKey(world, node, change.key);
      const isTheirs = now !== value && now !== change.after;
      if (isTheirs && change.decidedBy === undefined) {
        throw new Error(
          `${change.key} on ${node} is ${now}: neither the original ${value} nor ours`,
        );
      }
      setKey(world, node, change.key, value);
    }
  }
}

/** What the pods of a workload do when they start again. */
function restart(world: World, change: ChangeOf<'restart'>): void {
  restartForMtu(world, change.object);
  restartKubeProxy(world, change);
}

function apply(world: World, change: Change): Original {
  switch (change.kind) {
    case 'node':
      for (const { node, value } of change.before) {
        if (getKey(world, node, change.key) !== value) throw new Error(`stale ${change.id}`);
      }
      for (const { node } of change.before) setKey(world, node, change.key, change.after);
      return {
        kind: 'keys',
        values: change.before.map(({ node, value }) => [node, value ?? ''] as const),
      };
    case 'edit': {
      const object = find(world, change.object);
      if (object === null) throw new Error(`${objectText(change.object)} is gone`);
      put(world, change.edits.reduce<JsonObject>(edited, object));
      return { kind: 'object', object };
    }
    case 'create': {
      const object = find(world, change.object);
      put(world, change.manifest);
      runPersist(world, change.manifest);
      return { kind: 'object', object };
    }
    case 'restart':
      restart(world, change);
      return { kind: 'object', object: null };
    default:
      return { kind: 'object', object: null };
  }
}

function verify(world: World, change: Change): void {
  if (change.kind === 'node') {
    for (const { node } of change.before) expectKey(world, node, change.key, change.after);
  }
  if (change.kind !== 'await') return;
  const { condition } = change;
  if (condition.type === 'node-values') {
    for (const node of condition.nodes) expectKey(world, node, condition.key, condition.value);
  }
  if (condition.type === 'object-value') {
    const now = valueAt(find(world, condition.object) ?? undefined, condition.path);
    if (!sameJson(now, condition.value)) throw new Error(`${condition.path.join('.')} is not so`);
  }
  if (condition.type === 'rolled-out' && find(world, condition.object) === null) {
    throw new Error(`${objectText(condition.object)} does not exist`);
  }
}

function expectKey(world: World, node: string, key: string, value: string): void {
  const now = getKey(world, node, key);
  if (now !== value) throw new Error(`${key} on ${node} is ${now}, not ${value}`);
}

type Edit = Extract<Change, { kind: 'edit' }>['edits'][number];

function edited(object: JsonObject, edit: Edit): JsonObject {
  const { document } = edit;
  if (document === undefined) {
    if (!sameJson(valueAt(object, edit.path), edit.before)) throw new Error('stale edit');
    return withValue(object, edit.path, edit.after);
  }
  const text = valueAt(object, document.path);
  if (document.format === 'corefile') {
    return withValue(
      object,
      document.path,
      editedCorefile(typeof text === 'string' ? text : '', edit),
    );
  }
  const parsed = parseDocument(typeof text === 'string' ? text : '');
  const now = valueAt(parsed.toJS() as Json, edit.path);
  if (!sameJson(now, edit.before)) throw new Error('stale edit');
  if (document.format === 'json') {
    const changed = withValue(parsed.toJS() as JsonObject, edit.path, edit.after);
    return withValue(object, document.path, JSON.stringify(changed));
  }
  const parent = edit.path.slice(0, -1);
  if (parsed.getIn(parent) === null) parsed.setIn(parent, parsed.createNode({}));
  parsed.setIn(edit.path, edit.after);
  return withValue(object, document.path, parsed.toString());
}

function editedCorefile(text: string, { path, before, after }: Edit): string {
  const file = parseCorefile(text);
  if (isCorefileProblem(file)) throw new Error(`line ${file.line}: ${file.problem}`);
  if (!sameJson(corefileValue(file, path) ?? undefined, before)) throw new Error('stale edit');
  const result = editCorefile(text, path, after as readonly string[] | undefined);
  if (result === null) throw new Error(`cannot edit ${path.join('/')}`);
  return result;
}

function withValue(
  object: JsonObject,
  path: readonly string[],
  value: Json | undefined,
): JsonObject {
  const [step = '', ...rest] = path;
  if (rest.length === 0) return { ...object, [step]: value };
  const inner = object[step];
  const held = inner !== null && typeof inner === 'object' ? (inner as JsonObject) : {};
  const changed = withValue(held, rest, value);
  return { ...object, [step]: Array.isArray(inner) ? (Object.values(changed) as Json[]) : changed };
}

/** What our DaemonSet's init container does on each node that it is scheduled to. */
function runPersist(world: World, manifest: JsonObject): void {
  const podSpec = ['spec', 'template', 'spec'];
  const selector = (valueAt(manifest, [...podSpec, 'nodeSelector']) ?? {}) as JsonObject;
  const left = JSON.stringify(valueAt(manifest, [...podSpec, 'affinity']) ?? '');
  const [, ...assignments] = textsOf(
    valueAt(manifest, [...podSpec, 'initContainers', '0', 'args']),
  );
  for (const node of world.nodes) {
    const isChosen = Object.entries(selector).every(([name, value]) => node.labels[name] === value);
    if (!isChosen || left.includes(`"${node.name}"`)) continue;
    for (const assignment of assignments) {
      const at = assignment.indexOf('=');
      const [key, value] = [assignment.slice(0, at), assignment.slice(at + 1)];
      // Writing what is there already is what it does on a node that we have just written.
      if (getKey(world, node.name, key) !== value) {
        throw new Error(`the DaemonSet would change ${key} on ${node.name}`);
      }
      setKey(world, node.name, key, value);
    }
  }
}
