import {
  alreadyExists,
  ApiError,
  badRequest,
  modified,
  notFound,
  preconditionFailed,
  uidMismatch,
} from './api-error.js';
import { clone, kubeTime, sameValue, type Fields, type KubeObject } from './kube-object.js';
import { afterUpdate, type Writer } from './managed-fields.js';
import type { ObjectStore } from './object-store.js';
import { withDefaults } from './object-defaults.js';
import { groupVersionOf, resourceNamed, type Resource } from './resources.js';
import { applyTo } from './server-side-apply.js';
import { validate, validateUpdate } from './validate.js';

/** Where a request or a controller points. */
export interface Place {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name: string;
}

export interface WriteOptions {
  readonly manager: string;
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
}

export interface Surroundings {
  readonly now: () => Date;
  readonly newUid: () => string;
  /** Last touch before an object is stored: addresses, allocated names. Throws ApiError. */
  readonly admit: (resource: Resource, object: KubeObject, before: KubeObject | undefined) => void;
}

/** The rules by which objects are made and changed; every write goes through here, ours and the clients'. */
export class ObjectApi {
  readonly store: ObjectStore;
  readonly #around: Surroundings;

  constructor(store: ObjectStore, around: Surroundings) {
    this.store = store;
    this.#around = around;
  }

  get(place: Place): KubeObject {
    const found = this.store.get(place.resource, place.namespace, place.name);
    if (found === undefined) throw notFound(place.resource, place.name);
    return found;
  }

  create(
    resource: Resource,
    namespace: string | undefined,
    body: KubeObject,
    options: WriteOptions,
  ): KubeObject {
    if (body.metadata.namespace !== undefined && body.metadata.namespace !== namespace) {
      throw badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    if (body.metadata.resourceVersion) {
      throw new ApiError(
        500,
        undefined,
        'resourceVersion should not be set on objects to be created',
      );
    }
    const object = this.#newborn(resource, namespace, body);
    if (this.store.get(resource, namespace, object.metadata.name) !== undefined) {
      throw alreadyExists(resource, object.metadata.name);
    }
    return this.#finish(resource, undefined, object, options);
  }

  /** @throws ApiError 404, 409 when the body's resourceVersion is not the stored one, 422 */
  update(place: Place, body: KubeObject, options: WriteOptions): KubeObject {
    const before = this.get(place);
    return this.#replace(place.resource, before, clone(body), options);
  }

  /** @param change  pure: the stored object in, the wanted one out */
  patch(
    place: Place,
    change: (object: KubeObject) => KubeObject,
    options: WriteOptions,
  ): KubeObject {
    const before = this.get(place);
    return this.#replace(place.resource, before, change(clone(before)), options);
  }

  apply(
    place: Place,
    body: KubeObject,
    options: WriteOptions & { readonly force: boolean },
  ): { readonly object: KubeObject; readonly created: boolean } {
    const { resource, namespace, name } = place;
    const before = this.store.get(resource, namespace, name);
    const writer = { ...this.#writer(resource, options), operation: 'Apply' as const };
    const how = { force: options.force, now: this.#around.now() };
    const applied = withoutServerFields(body, name);
    if (before === undefined) {
      if (body.metadata.uid) throw uidMismatch(resource, name, body.metadata.uid);
      if (body.metadata.resourceVersion) throw modified(resource, name);
      const object = this.#newborn(resource, namespace, applied);
      object.metadata.managedFields =
        applyTo(undefined, applied, writer, how).metadata.managedFields ?? [];
      return { object: this.#finish(resource, undefined, object, options, true), created: true };
    }
    const object = restored(before, applyTo(before, applied, writer, how));
    this.#checkVersions(resource, before, body);
    return { object: this.#finish(resource, before, object, options, true), created: false };
  }

  /** Removes at once, whatever finalizers say; graceful deletion is the deleter's business. */
  remove(resource: Resource, object: KubeObject): KubeObject {
    return this.store.remove(resource, object);
  }

  checkPreconditions(
    resource: Resource,
    object: KubeObject,
    wanted: { uid?: string; resourceVersion?: string },
  ): void {
    const { name, uid, resourceVersion } = object.metadata;
    if (wanted.uid !== undefined && wanted.uid !== uid) {
      const why = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
      throw preconditionFailed(resource, name, why);
    }
    if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
      const why = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
      throw preconditionFailed(resource, name, why);
    }
  }

  #newborn(resource: Resource, namespace: string | undefined, body: KubeObject): KubeObject {
    const object = clone(body);
    const { generateName } = object.metadata;
    const suffix = this.#around.newUid().slice(0, 5);
    const named = generateName === undefined ? '' : `${generateName}${suffix}`;
    object.apiVersion = groupVersionOf(resource);
    object.kind = resource.kind;
    object.metadata = {
      ...object.metadata,
      name: object.metadata.name || named,
      ...(namespace !== undefined && { namespace }),
      uid: this.#around.newUid(),
      resourceVersion: '',
      ...(resource.hasGeneration && { generation: 1 }),
      creationTimestamp: kubeTime(this.#around.now()),
    };
    this.#requireNamespace(namespace, object);
    // A Node's kubelet brings its status along; all others begin without one.
    if (resource.hasStatus && resource.kind !== 'Node') object.status = firstStatus(resource.kind);
    return object;
  }

  #requireNamespace(namespace: string | undefined, object: KubeObject): void {
    const namespaces = resourceNamed('', 'v1', 'namespaces');
    if (namespace === undefined || namespaces === undefined) return;
    const found = this.store.get(namespaces, undefined, namespace);
    if (found === undefined) throw notFound(namespaces, namespace);
    if (found.metadata.deletionTimestamp !== undefined) {
      const message = `${object.kind.toLowerCase()}s "${object.metadata.name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
      throw new ApiError(403, 'Forbidden', message, {
        name: object.metadata.name,
        causes: [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      });
    }
  }

  #checkVersions(resource: Resource, before: KubeObject, body: KubeObject): void {
    const { resourceVersion, uid } = body.metadata;
    if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
      throw modified(resource, before.metadata.name);
    }
    if (uid && uid !== before.metadata.uid) {
      validateUpdate(resource, before, { ...before, metadata: { ...before.metadata, uid } });
    }
  }

  #replace(
    resource: Resource,
    before: KubeObject,
    after: KubeObject,
    options: WriteOptions,
  ): KubeObject {
    this.#checkVersions(resource, before, after);
    const only = options.subresource === 'status';
    const wanted: KubeObject = only ? { ...clone(before) } : restored(before, after);
    if (only && after.status !== undefined) wanted.status = after.status;
    if (!only && resource.hasStatus && resource.kind !== 'Namespace') {
      if (before.status === undefined) delete wanted.status;
      else wanted.status = before.status;
    }
    return this.#finish(resource, before, wanted, options);
  }

  /** Defaults, rules, generation, ownership; nothing is stored when nothing changed. */
  #finish(
    resource: Resource,
    before: KubeObject | undefined,
    object: KubeObject,
    options: WriteOptions,
    isApplied = false,
  ): KubeObject {
    withDefaults(object);
    if (!isApplied) {
      const writer = { ...this.#writer(resource, options), operation: 'Update' as const };
      const seen = { ...object };
      // A spec's writer owns nothing of the status, which the server put there.
      if (resource.hasStatus && before === undefined) delete seen.status;
      object.metadata.managedFields = afterUpdate(before, seen, writer, this.#around.now());
    }
    if (object.metadata.managedFields?.length === 0) delete object.metadata.managedFields;
    validate(resource, object);
    if (before !== undefined) validateUpdate(resource, before, object);
    this.#around.admit(resource, object, before);
    if (before !== undefined && resource.hasGeneration && !sameValue(before.spec, object.spec)) {
      object.metadata.generation = (before.metadata.generation ?? 0) + 1;
    }
    if (before !== undefined && sameValue(before, object)) return before;
    return options.dryRun === true ? object : this.store.put(resource, object);
  }

  #writer(resource: Resource, options: WriteOptions): Omit<Writer, 'operation'> {
    const { manager, subresource } = options;
    return {
      manager,
      apiVersion: groupVersionOf(resource),
      ...(subresource !== undefined && { subresource }),
    };
  }
}

function firstStatus(kind: string): Fields {
  if (kind === 'Namespace') return { phase: 'Active' };
  if (kind !== 'DaemonSet') return {};
  return {
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    desiredNumberScheduled: 0,
    numberReady: 0,
  };
}

function withoutServerFields(body: KubeObject, name: string): KubeObject {
  const object = clone(body);
  const { labels, annotations, ownerReferences, finalizers } = object.metadata;
  object.metadata = {
    name,
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
    ...(finalizers !== undefined && { finalizers }),
  } as KubeObject['metadata'];
  return object;
}

/** Puts back what only the server may set. */
function restored(before: KubeObject, after: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp } = before.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = before.metadata;
  return {
    ...after,
    apiVersion: before.apiVersion,
    kind: before.kind,
    metadata: {
      ...after.metadata,
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      ...(generation !== undefined && { generation }),
      creationTimestamp,
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(deletionGracePeriodSeconds !== undefined && { deletionGracePeriodSeconds }),
    },
  };
}
