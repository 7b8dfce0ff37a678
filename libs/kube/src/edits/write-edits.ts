import { ObjectChanged, objectText, refOf, type EditWrite, type SeenObject } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { fieldManager } from '../objects/ours.js';
import { readObject, seenObject } from '../objects/read-objects.js';
import { pathOf, type Resources } from '../objects/resources.js';
import { resourceOf, uidOf } from '../objects/write-objects.js';
import { editPatch } from './json-patch.js';

/**
 * Writes edits into the very object that was read: the patch tests its uid and resourceVersion, so a
 * write in between makes the whole patch fail.
 *
 * @throws ObjectChanged, and Unacceptable for what the object or its text cannot take
 */
export async function writeEdits(
  api: ApiClient,
  resources: Resources,
  object: SeenObject,
  edits: readonly EditWrite[],
  texts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<SeenObject> {
  const operations = editPatch(object, edits, texts);
  if (operations.length === 0) return object;
  const ref = refOf(object);
  const { resourceVersion = null } = object.metadata;
  const answer = await api.attempt(
    {
      method: 'PATCH',
      path: pathOf(await resourceOf(resources, ref, signal), ref),
      query: { fieldManager },
      body: [
        { op: 'test', path: '/metadata/uid', value: uidOf(object) },
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        ...operations,
      ],
      contentType: 'application/json-patch+json',
      doing: `edit ${objectText(ref)}`,
    },
    signal,
  );
  if (!('error' in answer)) return seenObject(answer.body, ref);
  if (answer.status.code !== 422 && answer.status.code !== 404) throw answer.error;

  // A failed test and a rejected object are the same status: only another look tells them apart.
  const now = await readObject(api, resources, ref, signal);
  const isSame =
    now !== null &&
    uidOf(now) === uidOf(object) &&
    now.metadata['resourceVersion'] === resourceVersion;
  if (isSame) throw answer.error;
  throw new ObjectChanged(
    `${objectText(ref)} was ${now === null ? 'deleted' : 'written by somebody else'} meanwhile.`,
  );
}
