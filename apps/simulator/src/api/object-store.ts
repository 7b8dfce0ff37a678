import { tooOld } from './api-error.js';
import type { KubeObject } from './kube-object.js';
import type { Resource } from './resources.js';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly resource: Resource;
  readonly object: KubeObject;
  /** What was there before; a watcher needs it to tell that an object left its selector. */
  readonly before: KubeObject | null;
}

/** etcd and the watch cache in one: objects by kind, one revision for all, and the last changes. */
export class ObjectStore {
  readonly #objects = new Map<Resource, Map<string, KubeObject>>();
  readonly #events: StoreEvent[] = [];
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #kept: number;
  #revision: number;
  #oldest: number;

  /** @param revision  the first one; a later start must begin above where an earlier one ended */
  constructor(options: { readonly revision: number; readonly keptEvents: number }) {
    this.#revision = options.revision;
    this.#oldest = options.revision;
    this.#kept = options.keptEvents;
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(keyOf(namespace, name));
  }

  /** By namespace and name, as the real server lists. */
  list(resource: Resource, namespace?: string): readonly KubeObject[] {
    const all = [...(this.#objects.get(resource)?.entries() ?? [])];
    return all
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object)
      .filter((object) => namespace === undefined || object.metadata.namespace === namespace);
  }

  all(): readonly { readonly resource: Resource; readonly object: KubeObject }[] {
    return [...this.#objects].flatMap(([resource, objects]) =>
      [...objects.values()].map((object) => ({ resource, object })),
    );
  }

  put(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const objects = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, objects);
    const before = objects.get(keyOf(namespace, name)) ?? null;
    const stored = this.#stamped(object);
    objects.set(keyOf(namespace, name), stored);
    this.#emit({ type: before === null ? 'ADDED' : 'MODIFIED', resource, object: stored, before });
    return stored;
  }

  remove(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const before = this.get(resource, namespace, name) ?? null;
    this.#objects.get(resource)?.delete(keyOf(namespace, name));
    const last = this.#stamped(object);
    this.#emit({ type: 'DELETED', resource, object: last, before });
    return last;
  }

  /** Throws 410 when changes after that revision have been forgotten. */
  eventsAfter(revision: number): readonly StoreEvent[] {
    if (revision < this.#oldest) throw tooOld(revision, this.#oldest);
    return this.#events.filter((event) => event.revision > revision);
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamped(object: KubeObject): KubeObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #emit(change: Omit<StoreEvent, 'revision'>): void {
    const event = { ...change, revision: this.#revision };
    this.#events.push(event);
    if (this.#events.length > this.#kept) {
      this.#oldest = this.#events.shift()?.revision ?? this.#oldest;
    }
    for (const listener of [...this.#listeners]) listener(event);
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
