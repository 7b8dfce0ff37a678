import {
  Conflict,
  ObjectChanged,
  objectText,
  refOf,
  Unacceptable,
  type Json,
  type JsonObject,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../connection/api-client.js';
import type { ApiStatus } from '../connection/status-errors.js';
import { fieldManager, isOurs, managedBy } from './ours.js';
import { readObject, seenObject } from './read-objects.js';
import { pathOf, type Resource, type Resources } from './resources.js';
import { withoutServerFields } from './server-fields.js';
import { textAt } from './text-at.js';

const goneWithinMilliseconds = 120_000;
const goneEveryMilliseconds = 500;

/**
 * Server-side apply without force. Reads first, so that an object of somebody else with that name is
 * never adopted, and binds the apply to the uid that it read.
 *
 * @throws Conflict  `object-not-ours`, or `field-conflict` naming the other field manager
 */
export async function applyObject(
  api: ApiClient,
  resources: Resources,
  manifest: JsonObject,
  signal: AbortSignal,
): Promise<SeenObject> {
  const ref = refOf(manifest as SeenObject);
  const there = await readObject(api, resources, ref, signal);
  if (there !== null && !isOurs(there)) {
    throw new Conflict(
      'object-not-ours',
      `${objectText(ref)} exists and was not made by Fairlead.`,
      {
        remedy: 'Rename or remove it if Fairlead should own an object of that name.',
      },
    );
  }
  const metadata = (manifest['metadata'] ?? {}) as JsonObject;
  const uid = there?.metadata['uid'];
  const body: JsonObject = {
    ...manifest,
    metadata: {
      ...metadata,
      labels: { ...(metadata['labels'] as JsonObject | undefined), ...managedBy },
      ...(uid !== undefined && { uid }),
    },
  };
  const answer = await api.attempt(
    {
      method: 'PATCH',
      path: pathOf(await resourceOf(resources, ref, signal), ref),
      query: { fieldManager },
      body,
      contentType: 'application/apply-patch+yaml',
      doing: `apply ${objectText(ref)}`,
    },
    signal,
  );
  if (!('error' in answer)) return seenObject(answer.body, ref);
  throw fieldConflict(answer.status, ref) ?? answer.error;
}

/**
 * Puts back what was removed. What is ours is applied, so that its fields belong to the same manager
 * as before; what was somebody else's is created.
 */
export async function recreateObject(
  api: ApiClient,
  resources: Resources,
  object: SeenObject,
  signal: AbortSignal,
): Promise<SeenObject> {
  const manifest = withoutServerFields(object);
  if (isOurs(object)) return await applyObject(api, resources, manifest, signal);
  const ref = refOf(object);
  const answer = await api.call(
    {
      method: 'POST',
      path: pathOf(await resourceOf(resources, ref, signal), { namespace: ref.namespace }),
      query: { fieldManager },
      body: manifest,
      doing: `create ${objectText(ref)}`,
    },
    signal,
  );
  return seenObject(answer.body, ref);
}

/** Deletes exactly the object with that uid and waits until its name is free, or somebody else's. */
export async function removeObject(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  uid: string,
  signal: AbortSignal,
): Promise<void> {
  const wasThere = await requestRemoval(api, resources, ref, uid, signal);
  if (!wasThere) return;
  const deadline = performance.now() + goneWithinMilliseconds;
  for (;;) {
    const there = await readObject(api, resources, ref, signal);
    if (there === null || there.metadata['uid'] !== uid) return;
    if (performance.now() > deadline) {
      throw new Conflict('object-not-gone', `${objectText(ref)} is still being deleted.`, {
        remedy: 'See which finalizers hold it.',
      });
    }
    await sleep(goneEveryMilliseconds, undefined, { signal });
  }
}

/**
 * Asks for the deletion of exactly the object with that uid. False when there was none.
 *
 * @throws ObjectChanged when another object has its name
 */
export async function requestRemoval(
  api: ApiClient,
  resources: Resources,
  ref: ObjectRef,
  uid: string,
  signal: AbortSignal,
): Promise<boolean> {
  const path = pathOf(await resourceOf(resources, ref, signal), ref);
  const answer = await api.attempt(
    {
      method: 'DELETE',
      path,
      body: {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
        preconditions: { uid },
      },
      doing: `delete ${objectText(ref)}`,
    },
    signal,
  );
  if (!('error' in answer)) return true;
  if (answer.status.code === 404) return false;
  if (answer.status.code !== 409) throw answer.error;
  throw new ObjectChanged(`${objectText(ref)} was replaced by another object of that name.`);
}

export async function resourceOf(
  resources: Resources,
  ref: Pick<ObjectRef, 'apiVersion' | 'kind'>,
  signal: AbortSignal,
): Promise<Resource> {
  const resource = await resources.find(ref, signal);
  if (resource !== null) return resource;
  throw new Unacceptable('kind-absent', `The cluster has no ${ref.kind} of ${ref.apiVersion}.`);
}

/** Names the managers that hold the fields: `conflict with "kubectl-edit" using apps/v1`. */
function fieldConflict(status: ApiStatus, ref: ObjectRef): Conflict | null {
  const causes = status.causes.filter(({ reason }) => reason === 'FieldManagerConflict');
  if (status.code !== 409 || causes.length === 0) return null;
  const managers = new Set(
    causes.map(
      ({ message }) => /conflict with "([^"]{1,128})"/.exec(message)?.[1] ?? 'another manager',
    ),
  );
  const fields = causes.slice(0, 3).map(({ field }) => field);
  return new Conflict(
    'field-conflict',
    `${[...managers].join(', ')} owns ${fields.join(', ')} of ${objectText(ref)}.`,
    { remedy: 'Change it where that manager takes it from.' },
  );
}

/** The uid of an object that the API server sent. */
export function uidOf(object: Json): string {
  return textAt(object, ['metadata', 'uid']);
}
