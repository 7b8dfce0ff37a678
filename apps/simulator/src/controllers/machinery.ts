import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@fairlead/core';
import { ApiError } from '../api/api-error.js';
import type { Deleter } from '../api/deletion.js';
import { clone, type Fields, type KubeObject, type OwnerReference } from '../api/kube-object.js';
import type { ObjectApi } from '../api/object-api.js';
import { resourceOfKind, type Resource } from '../api/resources.js';
import type { SimulatedClusterConfig } from '../config.js';
import type { NodeKernel } from '../kernel/node-kernel.js';
import type { Timers } from '../timers.js';
import type { PodTemplate } from './workload-types.js';

export const kinds = {
  configMap: resourceOfKind('v1', 'ConfigMap'),
  daemonSet: resourceOfKind('apps/v1', 'DaemonSet'),
  deployment: resourceOfKind('apps/v1', 'Deployment'),
  endpoints: resourceOfKind('v1', 'Endpoints'),
  endpointSlice: resourceOfKind('discovery.k8s.io/v1', 'EndpointSlice'),
  job: resourceOfKind('batch/v1', 'Job'),
  namespace: resourceOfKind('v1', 'Namespace'),
  node: resourceOfKind('v1', 'Node'),
  pod: resourceOfKind('v1', 'Pod'),
  replicaSet: resourceOfKind('apps/v1', 'ReplicaSet'),
  service: resourceOfKind('v1', 'Service'),
  serviceAccount: resourceOfKind('v1', 'ServiceAccount'),
} as const;

/** What every controller works with. */
export interface Machinery {
  readonly config: SimulatedClusterConfig;
  readonly api: ObjectApi;
  readonly deleter: Deleter;
  readonly kernels: ReadonlyMap<string, NodeKernel>;
  readonly timers: Timers;
  readonly now: () => Date;
}

const controllerManager = { manager: 'kube-controller-manager' } as const;

export function ownedBy(
  machinery: Machinery,
  resource: Resource,
  owner: KubeObject,
): readonly KubeObject[] {
  return machinery.api.store
    .list(resource, owner.metadata.namespace)
    .filter((object) => controllerOf(object)?.uid === owner.metadata.uid);
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return (object.metadata.ownerReferences ?? []).find((reference) => reference.controller === true);
}

function ownerReference(owner: KubeObject): OwnerReference {
  const { name, uid } = owner.metadata;
  const { apiVersion, kind } = owner;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Creates an object that the owner controls. A refusal by the API is not an error of ours: it is tried again. */
export function createOwned(
  { api }: Machinery,
  owner: KubeObject,
  resource: Resource,
  object: {
    readonly generateName?: string;
    readonly name?: string;
    readonly labels?: Record<string, string>;
  } & {
    readonly annotations?: Record<string, string>;
    readonly spec: unknown;
  },
): KubeObject | null {
  const { spec, ...metadata } = object;
  const body = {
    metadata: { ...metadata, ownerReferences: [ownerReference(owner)] },
    spec: clone(spec),
  } as unknown as KubeObject;
  try {
    return api.create(resource, owner.metadata.namespace, body, controllerManager);
  } catch (error) {
    if (error instanceof ApiError) return null;
    throw error;
  }
}

export function createPod(
  machinery: Machinery,
  owner: KubeObject,
  template: PodTemplate,
  extra: { readonly labels?: Record<string, string>; readonly nodeName?: string },
): KubeObject | null {
  const nodeName = extra.nodeName ?? template.spec.nodeName;
  return createOwned(machinery, owner, kinds.pod, {
    generateName: `${owner.metadata.name}-`,
    labels: { ...template.metadata?.labels, ...extra.labels },
    ...(template.metadata?.annotations !== undefined && {
      annotations: template.metadata.annotations,
    }),
    spec: { ...template.spec, ...(nodeName !== undefined && { nodeName }) },
  });
}

export function setStatus(
  { api }: Machinery,
  resource: Resource,
  object: KubeObject,
  status: Fields,
  manager: string = controllerManager.manager,
): void {
  const place = { resource, ...whereOf(object) };
  if (api.store.get(resource, place.namespace, place.name) === undefined) return;
  api.patch(place, (stored) => ({ ...stored, status }), { manager, subresource: 'status' });
}

function whereOf(object: KubeObject): { namespace?: string; name: string } {
  const { namespace, name } = object.metadata;
  return { ...(namespace !== undefined && { namespace }), name };
}

/** Short name of a pod template: pods of the same one carry the same label. */
export function templateHash(template: PodTemplate): string {
  return createHash('sha256')
    .update(canonicalJson(template as unknown as Json))
    .digest('hex')
    .slice(0, 10);
}
