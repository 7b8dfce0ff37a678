import type { JsonObject, SeenObject } from '@fairlead/core';

const setByServer = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

/** A pre-image as something that can be created: without what only the API server may set. */
export function withoutServerFields(object: SeenObject): JsonObject {
  const { status: _status, ...rest } = object;
  const manifest: JsonObject = { ...rest, metadata: without(object.metadata, setByServer) };
  return object.kind === 'Job' ? withoutJobSelector(manifest) : manifest;
}

/** A Job's selector and the labels it selects by are made from its uid, which the new one will not have. */
function withoutJobSelector(manifest: JsonObject): JsonObject {
  const spec = (manifest['spec'] ?? {}) as JsonObject;
  if (spec['manualSelector'] === true) return manifest;
  const template = (spec['template'] ?? {}) as JsonObject;
  const metadata = (template['metadata'] ?? {}) as JsonObject;
  const byUid = [
    'controller-uid',
    'job-name',
    'batch.kubernetes.io/controller-uid',
    'batch.kubernetes.io/job-name',
  ];
  return {
    ...manifest,
    spec: {
      ...without(spec, ['selector']),
      template: {
        ...template,
        metadata: { ...metadata, labels: without((metadata['labels'] ?? {}) as JsonObject, byUid) },
      },
    },
  };
}

function without(object: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
