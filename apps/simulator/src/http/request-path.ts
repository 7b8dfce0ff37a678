import { resourceNamed, type Resource } from '../api/resources.js';

export interface ObjectPath {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** `/api/v1/namespaces/x/pods/y/attach` and its kin; null when it names no kind that is stored. */
export function parseObjectPath(path: string): ObjectPath | null {
  const steps = path.split('/').slice(1).map(decodeURIComponent);
  const [root, ...rest] = steps;
  if (root === 'api') return objectPath('', rest[0] ?? '', rest.slice(1));
  if (root === 'apis') return objectPath(rest[0] ?? '', rest[1] ?? '', rest.slice(2));
  return null;
}

function objectPath(group: string, version: string, steps: readonly string[]): ObjectPath | null {
  const [first, namespace, plural, ...inner] = steps;
  // /namespaces/x and /namespaces/x/status are the Namespace itself.
  const isInside =
    first === 'namespaces' && plural !== undefined && !['status', 'finalize'].includes(plural);
  const [asked = '', tail] = isInside ? [plural, inner] : [first, steps.slice(1)];
  const resource = resourceNamed(group, version, asked);
  if (resource === undefined || tail.length > 2) return null;
  if (isInside !== resource.namespaced && (isInside || tail.length > 0)) return null;
  const [name, subresource] = tail;
  return {
    resource,
    ...(isInside && namespace !== undefined && { namespace }),
    ...(name !== undefined && name !== '' && { name }),
    ...(subresource !== undefined && { subresource }),
  };
}
