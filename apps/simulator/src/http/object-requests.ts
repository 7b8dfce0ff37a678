import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import {
  badRequest,
  invalid,
  methodNotAllowed,
  noSuchResource,
  unsupportedMediaType,
} from '../api/api-error.js';
import type { DeleteOptions } from '../api/deletion.js';
import { isFields, type KubeObject } from '../api/kube-object.js';
import type { Place, WriteOptions } from '../api/object-api.js';
import { jsonPatch, mergePatch, strategicMerge } from '../api/patches.js';
import { groupVersionOf, type Resource } from '../api/resources.js';
import { fieldMatcher, labelMatcher, type Matcher } from '../api/selectors.js';
import { requireObject } from '../api/validate.js';
import type { SimulatedCluster } from '../cluster/simulated-cluster.js';
import type { ObjectPath } from './request-path.js';

export interface Answer {
  readonly code: number;
  readonly body: unknown;
  readonly warning?: string;
}

export interface ObjectRequest {
  readonly method: string;
  readonly path: ObjectPath;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly userAgent: string;
  readonly body: string;
}

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

/** One request on stored objects, watches aside. Throws ApiError. */
export function answerObjects(cluster: SimulatedCluster, request: ObjectRequest): Answer {
  const { method, path } = request;
  const { subresource } = path;
  if (subresource !== undefined && !(subresource === 'status' && path.resource.hasStatus))
    throw noSuchResource();
  if (path.name === undefined) return answerCollection(cluster, request);
  const place: Place = { resource: path.resource, name: path.name, ...namespaceOf(path) };
  switch (method) {
    case 'GET':
      return { code: 200, body: cluster.api.get(place) };
    case 'PUT':
      return { code: 200, body: put(cluster, place, request) };
    case 'PATCH':
      return patch(cluster, place, request);
    case 'DELETE':
      return remove(cluster, place, request);
    default:
      throw methodNotAllowed();
  }
}

function namespaceOf(path: ObjectPath): { namespace?: string } {
  return path.namespace === undefined ? {} : { namespace: path.namespace };
}

export function matcherOf(resource: Resource, query: URLSearchParams): Matcher {
  const labels = labelMatcher(query.get('labelSelector') ?? '');
  const fields = fieldMatcher(query.get('fieldSelector') ?? '', resource.kind);
  return (object) => labels(object) && fields(object);
}

function answerCollection(cluster: SimulatedCluster, request: ObjectRequest): Answer {
  const { method, path, query } = request;
  const { resource, namespace } = path;
  switch (method) {
    case 'GET':
      return { code: 200, body: list(cluster, path, query) };
    case 'POST': {
      const body = requireObject(decoded(request.body));
      requireKind(resource, body);
      if (resource.namespaced && namespace === undefined) throw methodNotAllowed();
      return { code: 201, body: cluster.api.create(resource, namespace, body, optionsOf(request)) };
    }
    case 'DELETE': {
      const matches = matcherOf(resource, query);
      const items = cluster.api.store.list(resource, namespace).filter(matches);
      for (const object of items) cluster.deleter.delete(resource, object, deleteOptions(request));
      return { code: 200, body: listOf(cluster, resource, items, {}) };
    }
    default:
      throw methodNotAllowed();
  }
}

/** `limit` and `continue` page through the names; a page is read at its own time, not at the first one's. */
function list(cluster: SimulatedCluster, path: ObjectPath, query: URLSearchParams): unknown {
  const { resource, namespace } = path;
  const matches = matcherOf(resource, query);
  const limit = Number(query.get('limit') ?? 0);
  const after = query.get('continue');
  const rank = (object: KubeObject): string =>
    `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  const from = after === null || after === '' ? '' : Buffer.from(after, 'base64url').toString();
  const rest = cluster.api.store
    .list(resource, namespace)
    .filter((object) => matches(object) && rank(object) > from);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const last = page.at(-1);
  if (last === undefined || page.length === rest.length) return listOf(cluster, resource, page, {});
  return listOf(cluster, resource, page, {
    continue: Buffer.from(rank(last)).toString('base64url'),
    remainingItemCount: rest.length - page.length,
  });
}

function listOf(
  cluster: SimulatedCluster,
  resource: Resource,
  objects: readonly KubeObject[],
  metadata: Record<string, unknown>,
): unknown {
  // Items of a list carry no apiVersion and kind of their own.
  const items = objects.map(({ apiVersion: _apiVersion, kind: _kind, ...object }) => object);
  const resourceVersion = String(cluster.api.store.revision);
  return {
    kind: `${resource.kind}List`,
    apiVersion: groupVersionOf(resource),
    metadata: { resourceVersion, ...metadata },
    items,
  };
}

function put(cluster: SimulatedCluster, place: Place, request: ObjectRequest): KubeObject {
  const body = requireObject(decoded(request.body));
  requireKind(place.resource, body);
  if (body.metadata.name !== place.name) {
    throw badRequest(
      `the name of the object (${body.metadata.name}) does not match the name on the URL (${place.name})`,
    );
  }
  return cluster.api.update(place, body, optionsOf(request));
}

function patch(cluster: SimulatedCluster, place: Place, request: ObjectRequest): Answer {
  const type = request.contentType;
  const known = patchTypes.find((one) => one === type);
  if (known === undefined) throw unsupportedMediaType();
  const body = decoded(request.body);
  const options = optionsOf(request);
  if (known === 'application/apply-patch+yaml') {
    const { object, created } = apply(cluster, place, requireObject(body), request);
    return { code: created ? 201 : 200, body: object };
  }
  const change = (object: KubeObject): KubeObject => {
    if (known === 'application/json-patch+json') return jsonPatch(object, body);
    return known === 'application/merge-patch+json'
      ? mergePatch(object, body)
      : strategicMerge(object, body);
  };
  return { code: 200, body: cluster.api.patch(place, change, options) };
}

function apply(
  cluster: SimulatedCluster,
  place: Place,
  body: KubeObject,
  request: ObjectRequest,
): { readonly object: KubeObject; readonly created: boolean } {
  if (!request.query.has('fieldManager')) {
    const message = 'Required value: is required for apply patch';
    const options = { group: 'meta.k8s.io', plural: 'patchoptions', kind: 'PatchOptions' };
    throw invalid(options, '', [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }]);
  }
  requireKind(place.resource, body);
  if (body.metadata.managedFields !== undefined)
    throw badRequest('metadata.managedFields must be nil');
  const force = request.query.get('force') === 'true';
  return cluster.api.apply(place, body, { ...optionsOf(request), force });
}

function remove(cluster: SimulatedCluster, place: Place, request: ObjectRequest): Answer {
  const object = cluster.api.get(place);
  const options = deleteOptions(request);
  const { resource } = place;
  const { object: last, gone } = cluster.deleter.delete(resource, object, options);
  const isOldDefault = resource.kind === 'Job' && options.propagationPolicy === undefined;
  const warning =
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning';
  const warned = isOldDefault ? { warning } : {};
  if (!gone || resource.returnsDeleted) return { code: 200, body: last, ...warned };
  const { group, plural: kind } = resource;
  const details = {
    name: place.name,
    ...(group !== '' && { group }),
    kind,
    uid: object.metadata.uid,
  };
  return {
    code: 200,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details },
    ...warned,
  };
}

function deleteOptions({ body, query }: ObjectRequest): DeleteOptions {
  const sent = body === '' ? {} : decoded(body);
  const options = isFields(sent) ? sent : {};
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...(options as DeleteOptions),
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(policy !== null && {
      propagationPolicy: policy as NonNullable<DeleteOptions['propagationPolicy']>,
    }),
  };
}

function optionsOf({ query, userAgent, path }: ObjectRequest): WriteOptions {
  // Without a name, the real server takes what stands before the slash of the user agent.
  const manager = query.get('fieldManager') ?? (userAgent.split('/')[0] || 'unknown');
  return {
    manager,
    ...(path.subresource === 'status' && { subresource: 'status' as const }),
    ...(query.get('dryRun') === 'All' && { dryRun: true }),
  };
}

function requireKind(resource: Resource, body: KubeObject): void {
  const { kind, apiVersion } = body as Partial<KubeObject>;
  const isOther =
    (kind !== undefined && kind !== resource.kind) ||
    (apiVersion !== undefined && apiVersion !== groupVersionOf(resource));
  if (isOther) {
    throw badRequest(
      `the API version in the data (${apiVersion}, Kind=${kind}) does not match the expected API version (${groupVersionOf(resource)}, Kind=${resource.kind})`,
    );
  }
}

/** JSON is YAML; aliases are refused, since a body could grow without end by them. */
function decoded(body: string): unknown {
  try {
    return body.trimStart().startsWith('{') || body.trimStart().startsWith('[')
      ? (JSON.parse(body) as unknown)
      : (parse(body, { maxAliasCount: 0 }) as unknown);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw badRequest(`error decoding the body: ${why}`);
  }
}

/** Bytes of a body, at most; etcd's own limit for one object is half of that. */
const bodyBytes = 3 * 1024 * 1024;

export async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > bodyBytes) throw badRequest('limit on the size of a request body exceeded');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
