import { sameJson, type Json, type JsonObject } from '../../json.js';
import { objectText, type SeenObject } from '../../objects.js';
import { PlanStale, type ChangeExecutor } from './executor.js';

/** An object of our own, by server-side apply. */
export const createExecutor: ChangeExecutor<'create'> = {
  async capture(change, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    return { kind: 'create', object: object === null ? null : { ...object } };
  },

  async write(change, _before, { cluster, signal }) {
    const object = await cluster.applyObject(change.manifest, signal);
    return { kind: 'create', uid: uidOf(object) };
  },

  async verify(change, _written, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (object === null) return `${objectText(change.object)} does not exist.`;
    if (holds(object, change.manifest)) return null;
    return `${objectText(change.object)} is not as it was applied.`;
  },

  async conflicts(change, before, _written, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (object === null || holds(object, change.manifest)) return [];
    if (before.object !== null && isSameApart(object, before.object as SeenObject)) return [];
    return [
      {
        changeId: change.id,
        where: objectText(change.object),
        written: change.manifest,
        now: specOf(object),
      },
    ];
  },

  async undo(change, before, _written, choice, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (before.object !== null) {
      const original = before.object as SeenObject;
      if (object === null) await cluster.recreateObject(original, signal);
      else if (!isSameApart(object, original))
        await cluster.applyObject(manifestOf(original), signal);
      return;
    }
    if (object === null) return;
    if (!holds(object, change.manifest) && choice === 'keep-theirs') return;
    await cluster.removeObject(change.object, uidOf(object), signal);
  },
};

/** Deletion of an object, which is kept whole in the journal. */
export const removeExecutor: ChangeExecutor<'remove'> = {
  async capture(change, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (object === null) throw new PlanStale(`${objectText(change.object)} is gone already.`);
    return { kind: 'remove', object: { ...object } };
  },

  async write(change, before, { cluster, signal }) {
    await cluster.removeObject(change.object, uidOf(before.object as SeenObject), signal);
    return { kind: 'remove' };
  },

  async verify(change, _written, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    return object === null ? null : `${objectText(change.object)} is there again.`;
  },

  async conflicts(change, before, _written, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (object === null || uidOf(object) === uidOf(before.object as SeenObject)) return [];
    return [{ changeId: change.id, where: objectText(change.object), now: specOf(object) }];
  },

  async undo(change, before, _written, _choice, { cluster, signal }) {
    const object = await cluster.read(change.object, signal);
    if (object === null) await cluster.recreateObject(before.object as SeenObject, signal);
  },
};

function uidOf(object: SeenObject): string {
  const { uid } = object.metadata;
  return typeof uid === 'string' ? uid : '';
}

/** Every leaf of the manifest stands in the object; what the server added beside it does not matter. */
export function holds(object: Json | undefined, manifest: Json | undefined): boolean {
  if (manifest === undefined) return true;
  if (manifest === null || typeof manifest !== 'object') return sameJson(object, manifest);
  if (object === null || typeof object !== 'object') return false;
  if (Array.isArray(manifest)) {
    const list = object as readonly Json[];
    return (
      Array.isArray(object) &&
      list.length === manifest.length &&
      manifest.every((item, at) => holds(list[at], item as Json))
    );
  }
  return Object.entries(manifest as JsonObject).every(([key, value]) =>
    holds((object as JsonObject)[key], value),
  );
}

function isSameApart(object: SeenObject, original: SeenObject): boolean {
  return sameJson(manifestOf(object), manifestOf(original));
}

/** What we once applied: spec, labels and annotations, without what the server keeps. */
function manifestOf(object: SeenObject): JsonObject {
  const { name, namespace, labels, annotations } = object.metadata;
  const { status: _status, metadata: _metadata, ...rest } = object;
  return {
    ...rest,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations: withoutServerAnnotations(annotations) }),
    },
  };
}

function withoutServerAnnotations(annotations: Json): JsonObject {
  const { 'deprecated.daemonset.template.generation': _generation, ...ours } =
    annotations as JsonObject;
  return ours;
}

function specOf(object: SeenObject): Json {
  return object['spec'] ?? object['data'] ?? null;
}
