import {
  Internal,
  objectText,
  valueAt,
  type Json,
  type JsonObject,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { pathOf, type Resources } from './resources.js';

const pageSize = 500;

export interface ListedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/** One object as the API server sent it, or null when it, or its kind, does not exist. */
export async function readObject(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<SeenObject | null> {
  const resource = await resources.find(ref, signal);
  if (resource === null) return null;
  const doing = `get ${objectText(ref)}`;
  const answer = await api.attempt({ method: 'GET', path: pathOf(resource, ref), doing }, signal);
  if ('error' in answer) {
    if (answer.status.code === 404) return null;
    throw answer.error;
  }
  return seenObject(answer.body, ref);
}

/** All objects of a kind by namespace and name, read in pages. A list that expired halfway starts anew. */
export async function listObjects(
  api: ApiClient,
  resources: Resources,
  kind: ListedKind,
  selector: { readonly labelSelector?: string; readonly fieldSelector?: string },
  signal: AbortSignal,
): Promise<readonly SeenObject[]> {
  const resource = await resources.find(kind, signal);
  if (resource === null) return [];
  const path = pathOf(resource, kind);
  const doing = `list ${resource.plural}${kind.namespace === undefined ? '' : ` in ${kind.namespace}`}`;

  for (let isRetry = false; ; isRetry = true) {
    const found: SeenObject[] = [];
    let next: string | undefined;
    let hasExpired = false;
    do {
      const query = { ...selector, limit: String(pageSize), continue: next };
      const answer = await api.attempt({ method: 'GET', path, query, doing }, signal);
      if ('error' in answer) {
        if (answer.status.code !== 410 || isRetry) throw answer.error;
        hasExpired = true;
        break;
      }
      found.push(...itemsOf(answer.body, kind));
      const token = valueAt(answer.body, ['metadata', 'continue']);
      next = typeof token === 'string' && token !== '' ? token : undefined;
    } while (next !== undefined);
    if (!hasExpired) return found.toSorted(byPlace);
  }
}

/**
 * How many objects of a kind there are: the server counts what one page of one leaves out. Only without
 * a selector; null from a server that does not count (`remainingItemCount` is optional in the API).
 */
export async function countObjects(
  api: ApiClient,
  resources: Resources,
  kind: ListedKind,
  signal: AbortSignal,
): Promise<number | null> {
  const resource = await resources.find(kind, signal);
  if (resource === null) return 0;
  const path = pathOf(resource, kind);
  const doing = `count ${resource.plural}`;
  const answer = await api.attempt({ method: 'GET', path, query: { limit: '1' }, doing }, signal);
  if ('error' in answer) throw answer.error;
  const seen = itemsOf(answer.body, kind).length;
  const token = valueAt(answer.body, ['metadata', 'continue']);
  if (typeof token !== 'string' || token === '') return seen;
  const remaining = valueAt(answer.body, ['metadata', 'remainingItemCount']);
  return typeof remaining === 'number' ? seen + remaining : null;
}

/** Objects inside a List lack their kind in the answer; it is put back so that each stands alone. */
function itemsOf(body: Json, { apiVersion, kind }: ListedKind): readonly SeenObject[] {
  const items = valueAt(body, ['items']);
  return Array.isArray(items)
    ? (items as readonly JsonObject[]).map((item) =>
        seenObject({ apiVersion, kind, ...item }, { apiVersion, kind }),
      )
    : [];
}

/** Throws Internal for an answer that is no object with a name. */
export function seenObject(
  body: Json,
  ref: { readonly apiVersion: string; readonly kind: string },
): SeenObject {
  if (typeof valueAt(body, ['metadata', 'name']) !== 'string') {
    throw new Internal(`The cluster answered something that is no ${ref.kind}.`);
  }
  return body as SeenObject;
}

function byPlace(a: SeenObject, b: SeenObject): number {
  const [left, right] = [placeOf(a), placeOf(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function placeOf({ metadata }: SeenObject): string {
  const { namespace } = metadata;
  return `${typeof namespace === 'string' ? namespace : ''}\u0000${metadata.name}`;
}
