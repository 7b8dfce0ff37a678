import { clone, kubeTime, type KubeObject } from './kube-object.js';
import type { ObjectApi } from './object-api.js';
import { resourceOfKind, type Resource } from './resources.js';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly preconditions?: { uid?: string; resourceVersion?: string };
}

/** Deletes as the API server, the garbage collector and the namespace controller do together. */
export class Deleter {
  readonly #api: ObjectApi;
  readonly #now: () => Date;

  constructor(api: ObjectApi, now: () => Date) {
    this.#api = api;
    this.#now = now;
  }

  /** @returns the object as it is after the call, and whether it is gone already */
  delete(
    resource: Resource,
    object: KubeObject,
    options: DeleteOptions,
  ): { readonly object: KubeObject; readonly gone: boolean } {
    this.#api.checkPreconditions(resource, object, options.preconditions ?? {});
    // batch/v1 keeps its old default: the pods of a Job stay unless somebody asks otherwise.
    const policy = options.propagationPolicy ?? (resource.kind === 'Job' ? 'Orphan' : 'Background');
    if (policy === 'Orphan') this.#orphan(object);
    if (resource.kind === 'Namespace') return this.#endNamespace(resource, object);
    if (resource.kind === 'Pod') return this.#endPod(resource, object, options);
    if (policy === 'Foreground' && this.#dependents(object).length > 0) {
      const waiting = this.#mark(resource, object, 0, ['foregroundDeletion']);
      this.#collect(object);
      return { object: waiting, gone: false };
    }
    if ((object.metadata.finalizers ?? []).length > 0) {
      return { object: this.#mark(resource, object, 0, []), gone: false };
    }
    const last = this.#api.remove(resource, object);
    this.#collect(object);
    return { object: last, gone: true };
  }

  /** Called after every change: objects that only waited for something go when it is gone. */
  settle(resource: Resource, object: KubeObject): void {
    const { metadata } = object;
    if (metadata.deletionTimestamp === undefined || resource.kind === 'Pod') return;
    if (resource.kind === 'Namespace') {
      const isEmpty = !this.#api.store
        .all()
        .some((one) => one.object.metadata.namespace === metadata.name);
      if (isEmpty) this.#api.remove(resource, object);
      return;
    }
    const finalizers = metadata.finalizers ?? [];
    const isHeld = finalizers.some((name) => name !== 'foregroundDeletion');
    if (!isHeld && this.#dependents(object).length === 0) this.#api.remove(resource, object);
  }

  #endPod(
    resource: Resource,
    object: KubeObject,
    options: DeleteOptions,
  ): { object: KubeObject; gone: boolean } {
    const spec = object.spec ?? {};
    const usual = spec['terminationGracePeriodSeconds'];
    const seconds = options.gracePeriodSeconds ?? (typeof usual === 'number' ? usual : 30);
    const phase = object.status?.['phase'];
    const isBound =
      typeof spec['nodeName'] === 'string' && phase !== 'Succeeded' && phase !== 'Failed';
    if (!isBound || options.gracePeriodSeconds === 0) {
      return { object: this.#api.remove(resource, object), gone: true };
    }
    return { object: this.#mark(resource, object, seconds, []), gone: false };
  }

  #endNamespace(resource: Resource, object: KubeObject): { object: KubeObject; gone: boolean } {
    const marked = this.#mark(resource, { ...object, status: { phase: 'Terminating' } }, 0, []);
    for (const held of this.#api.store.all()) {
      if (held.object.metadata.namespace === object.metadata.name) {
        this.delete(held.resource, held.object, { propagationPolicy: 'Background' });
      }
    }
    return { object: marked, gone: false };
  }

  #mark(
    resource: Resource,
    object: KubeObject,
    seconds: number,
    finalizers: readonly string[],
  ): KubeObject {
    if (object.metadata.deletionTimestamp !== undefined) return object;
    const marked = clone(object);
    marked.metadata.deletionTimestamp = kubeTime(new Date(this.#now().getTime() + seconds * 1000));
    if (resource.kind !== 'Namespace') marked.metadata.deletionGracePeriodSeconds = seconds;
    const all = [...(object.metadata.finalizers ?? []), ...finalizers];
    if (all.length > 0) marked.metadata.finalizers = all;
    if (resource.hasGeneration) marked.metadata.generation = (object.metadata.generation ?? 0) + 1;
    return this.#api.store.put(resource, marked);
  }

  #dependents(
    owner: KubeObject,
  ): readonly { readonly resource: Resource; readonly object: KubeObject }[] {
    return this.#api.store
      .all()
      .filter(({ object }) =>
        (object.metadata.ownerReferences ?? []).some(
          (reference) => reference.uid === owner.metadata.uid,
        ),
      );
  }

  #collect(owner: KubeObject): void {
    for (const { resource, object } of this.#dependents(owner)) {
      if (object.metadata.deletionTimestamp !== undefined) continue;
      this.delete(resource, object, { propagationPolicy: 'Background' });
    }
  }

  #orphan(owner: KubeObject): void {
    for (const { object } of this.#dependents(owner)) {
      const freed = clone(object);
      const left = (freed.metadata.ownerReferences ?? []).filter(
        (one) => one.uid !== owner.metadata.uid,
      );
      if (left.length > 0) freed.metadata.ownerReferences = left;
      else delete freed.metadata.ownerReferences;
      this.#api.store.put(resourceOfKind(object.apiVersion, object.kind), freed);
    }
  }
}
