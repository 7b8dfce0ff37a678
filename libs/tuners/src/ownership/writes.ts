import { objectText, type Change, type Json, type ObjectRef } from '@fairlead/core';

/** One place that a change writes, in words and as a key that two changes of one place share. */
export interface Write {
  readonly tuner: string;
  /** The object, or the key on one node, that the place lies in: places of different ones never meet. */
  readonly root: string;
  /** Segments of the place; one that begins with another's segments lies inside it. */
  readonly place: readonly string[];
  readonly title: string;
  /** What it will hold; undefined when it is removed. */
  readonly after: Json | undefined;
}

/** Every place that a change writes. Restarts and waits write none. */
export function writesIn(change: Change): readonly Write[] {
  const { tuner } = change;
  switch (change.kind) {
    case 'node':
      return change.before.map(({ node }) => {
        const place = ['node', node, change.key];
        const title = `${change.key} on ${node}`;
        return { tuner, root: rootText(place), place, title, after: change.after };
      });
    case 'edit': {
      const object = objectPlace(change.object);
      return change.edits.map(({ document, path, after }) => {
        const inside = [...(document?.path ?? []), ...path];
        const title = `${inside.join('.')} of ${objectText(change.object)}`;
        return { tuner, root: rootText(object), place: [...object, ...inside], title, after };
      });
    }
    case 'create':
      return [whole(change.object, change.manifest)];
    case 'remove':
      return [whole(change.object, undefined)];
    default:
      return [];
  }

  function whole(object: ObjectRef, after: Json | undefined): Write {
    const place = objectPlace(object);
    return { tuner, root: rootText(place), place, title: objectText(object), after };
  }
}

function rootText(place: readonly string[]): string {
  return place.join(' ');
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
