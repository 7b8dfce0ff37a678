import { z } from 'zod';
import type { Json, JsonObject } from './json.js';

/** Names one Kubernetes object. `namespace` is absent for cluster-scoped kinds. */
export const ObjectRef = z
  .strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().optional(),
    name: z.string(),
  })
  .meta({ id: 'ObjectRef' });
export type ObjectRef = z.infer<typeof ObjectRef>;

/** A Kubernetes object as plain JSON, as the API server sent it. */
export interface SeenObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

/** `ConfigMap kube-system/kube-proxy`, for sentences. */
export function objectText(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}

export function refOf(object: SeenObject): ObjectRef {
  const { namespace, name } = object.metadata;
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    ...(typeof namespace === 'string' && { namespace }),
    name,
  };
}

/** The value at a path of member names and list positions; undefined where the path leads nowhere. */
export function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  let here: Json | undefined = value;
  for (const step of path) {
    if (here === null || typeof here !== 'object') return undefined;
    here = Array.isArray(here)
      ? (here as readonly Json[])[Number(step)]
      : (here as JsonObject)[step];
  }
  return here;
}
