import { valueAt, type Json, type ObjectRef } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';

/** Where a kind lives in the API. */
export interface Resource {
  /** `/api/v1`, `/apis/apps/v1`. */
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface Resources {
  /** Null when the cluster has no such kind: a CustomResourceDefinition that is not installed. */
  find(
    kind: { readonly apiVersion: string; readonly kind: string },
    signal: AbortSignal,
  ): Promise<Resource | null>;
}

/** Built-in kinds never move, so they cost no request. */
const builtIn: Readonly<Record<string, readonly [plural: string, namespaced: boolean]>> = {
  'v1 ConfigMap': ['configmaps', true],
  'v1 Event': ['events', true],
  'v1 Namespace': ['namespaces', false],
  'v1 Node': ['nodes', false],
  'v1 Pod': ['pods', true],
  'v1 Service': ['services', true],
  'v1 ServiceAccount': ['serviceaccounts', true],
  'apiregistration.k8s.io/v1 APIService': ['apiservices', false],
  'apps/v1 DaemonSet': ['daemonsets', true],
  'apps/v1 Deployment': ['deployments', true],
  'apps/v1 StatefulSet': ['statefulsets', true],
  'autoscaling/v2 HorizontalPodAutoscaler': ['horizontalpodautoscalers', true],
  'batch/v1 Job': ['jobs', true],
  'coordination.k8s.io/v1 Lease': ['leases', true],
  'discovery.k8s.io/v1 EndpointSlice': ['endpointslices', true],
  'policy/v1 PodDisruptionBudget': ['poddisruptionbudgets', true],
};

/** Looks kinds up; what is not built in is asked from the cluster's discovery, once per group version. */
export function resourcesOf(api: ApiClient): Resources {
  const discovered = new Map<string, Json | null>();

  async function discover(apiVersion: string, signal: AbortSignal): Promise<Json | null> {
    const known = discovered.get(apiVersion);
    if (known !== undefined) return known;
    const answer = await api.attempt(
      { method: 'GET', path: rootOf(apiVersion), doing: `list the kinds of ${apiVersion}` },
      signal,
    );
    if ('error' in answer && answer.status.code !== 404) throw answer.error;
    const body = 'error' in answer ? null : answer.body;
    discovered.set(apiVersion, body);
    return body;
  }

  return {
    async find({ apiVersion, kind }, signal) {
      const known = builtIn[`${apiVersion} ${kind}`];
      const root = rootOf(apiVersion);
      if (known !== undefined) return { root, plural: known[0], namespaced: known[1] };

      const resources = valueAt((await discover(apiVersion, signal)) ?? undefined, ['resources']);
      if (!Array.isArray(resources)) return null;
      for (const resource of resources as readonly Json[]) {
        const name = valueAt(resource, ['name']);
        if (valueAt(resource, ['kind']) !== kind || typeof name !== 'string') continue;
        if (name.includes('/')) continue; // a subresource
        return { root, plural: name, namespaced: valueAt(resource, ['namespaced']) === true };
      }
      return null;
    },
  };
}

function rootOf(apiVersion: string): string {
  const parts = apiVersion.split('/').map(encodeURIComponent);
  return parts.length === 1 ? `/api/${parts[0]}` : `/apis/${parts.join('/')}`;
}

/** `/apis/apps/v1/namespaces/kube-system/daemonsets`, and the object's own name at the end if given. */
export function pathOf(
  resource: Resource,
  where: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): string {
  const namespace =
    resource.namespaced && where.namespace !== undefined
      ? `/namespaces/${encodeURIComponent(where.namespace)}`
      : '';
  const name = where.name === undefined ? '' : `/${encodeURIComponent(where.name)}`;
  return `${resource.root}${namespace}/${resource.plural}${name}`;
}

/** Path of one object whose kind is built in. */
export function builtInPath(ref: Omit<ObjectRef, 'name'> & { readonly name?: string }): string {
  const known = builtIn[`${ref.apiVersion} ${ref.kind}`];
  if (known === undefined) throw new TypeError(`${ref.apiVersion} ${ref.kind} is not built in`);
  return pathOf({ root: rootOf(ref.apiVersion), plural: known[0], namespaced: known[1] }, ref);
}
