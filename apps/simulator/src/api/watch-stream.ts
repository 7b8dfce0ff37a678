import { type ApiError } from './api-error.js';
import type { KubeObject } from './kube-object.js';
import type { ObjectStore, StoreEvent } from './object-store.js';
import { groupVersionOf, type Resource } from './resources.js';
import type { Matcher } from './selectors.js';

export interface WatchRequest {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly matches: Matcher;
  /** Undefined asks for all that is there first; a number for what came after it. */
  readonly after: number | undefined;
  readonly sendsBookmarks: boolean;
  readonly bookmarkMilliseconds: number;
}

/**
 * Streams changes until the returned function is called. Order and types follow the real server: an
 * object that leaves the selector is DELETED for this watcher, one that enters it is ADDED.
 *
 * @throws ApiError 410 when `after` is too far back
 */
export function watch(
  store: ObjectStore,
  request: WatchRequest,
  send: (event: unknown) => void,
): () => void {
  const { resource, namespace, after, matches } = request;
  const deliver = (event: StoreEvent): void => {
    if (event.resource !== resource) return;
    if (namespace !== undefined && event.object.metadata.namespace !== namespace) return;
    const seen = seenAs(event, matches);
    if (seen !== null) send(seen);
  };

  if (after === undefined) {
    for (const object of store.list(resource, namespace).filter(matches))
      send({ type: 'ADDED', object });
    if (request.sendsBookmarks) {
      send(bookmark(resource, store.revision, { 'k8s.io/initial-events-end': 'true' }));
    }
  } else {
    for (const event of store.eventsAfter(after)) deliver(event);
  }

  const unsubscribe = store.subscribe(deliver);
  const timer = setInterval(() => {
    if (request.sendsBookmarks) send(bookmark(resource, store.revision));
  }, request.bookmarkMilliseconds);
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}

function seenAs(event: StoreEvent, matches: Matcher): { type: string; object: KubeObject } | null {
  const was = event.before !== null && matches(event.before);
  const is = event.type !== 'DELETED' && matches(event.object);
  if (event.type === 'DELETED') return was ? { type: 'DELETED', object: event.object } : null;
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.object };
  return was ? { type: 'DELETED', object: event.object } : null;
}

function bookmark(
  resource: Resource,
  revision: number,
  annotations?: Record<string, string>,
): unknown {
  return {
    type: 'BOOKMARK',
    object: {
      kind: resource.kind,
      apiVersion: groupVersionOf(resource),
      metadata: {
        resourceVersion: String(revision),
        creationTimestamp: null,
        ...(annotations !== undefined && { annotations }),
      },
    },
  };
}

/** A watch that cannot start still answers 200, with the Status as its one event. */
export function watchError(error: ApiError): unknown {
  return { type: 'ERROR', object: error.body() };
}
