import { objectText, type Change, type Json, type ObjectRef } from '@fairlead/core';

/** One place that a change writes, in words and as a key that two changes of one place share. */
export interface Write {
  readonly tuner: string;
  readonly changeId: string;
  /** Segments of the place; one that begins with another's segments lies inside it. */
  readonly place: readonly string[];
  readonly title: string;
  /** What it will hold; undefined when it is removed. */
  readonly after: Json | undefined;
}

/** Every place that a change writes. Restarts and waits write none. */
export function writesIn(change: Change): readonly Write[] {
  const base = { tuner: change.tuner, changeId: change.id };
  switch (change.kind) {
    case 'node':
      return change.before.map(({ node }) => ({
        ...base,
        place: ['node', node, change.key],
        title: `${change.key} on ${node}`,
        after: change.after,
      }));
    case 'edit':
      return change.edits.map(({ document, path, after }) => ({
        ...base,
        place: [...objectPlace(change.object), ...(document?.path ?? []), ...path],
        title: `${[...(document?.path ?? []), ...path].join('.')} of ${objectText(change.object)}`,
        after,
      }));
    case 'create':
      return [whole(change.object, change.manifest)];
    case 'remove':
      return [whole(change.object, undefined)];
    default:
      return [];
  }

  function whole(object: ObjectRef, after: Json | undefined): Write {
    return { ...base, place: objectPlace(object), title: objectText(object), after };
  }
}

function objectPlace({ apiVersion, kind, namespace, name }: ObjectRef): readonly string[] {
  // Versions of one group are views of the same object.
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  return ['object', group, kind, namespace ?? '', name];
}

/** Whether one place is the other or lies inside it. */
export function overlap(a: Write, b: Write): boolean {
  const [short, long] = a.place.length <= b.place.length ? [a.place, b.place] : [b.place, a.place];
  return short.every((segment, at) => long[at] === segment);
}
