import { z } from 'zod';
import { ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../../foreign-owner.js';

/** What sets the number of pods besides us, and where its settings belong. */
export const Scaler = z.strictObject({
  /** `HorizontalPodAutoscaler kube-system/coredns`, `Deployment kube-system/coredns-autoscaler`. */
  name: z.string(),
  kind: z.enum([
    'horizontal-pod-autoscaler',
    'vertical-pod-autoscaler',
    'scaled-object',
    'proportional-autoscaler',
    'field-manager',
  ]),
});
export type Scaler = z.infer<typeof Scaler>;

/** Our own HPA as it stands. */
export const OwnScaler = z.strictObject({
  minReplicas: z.number(),
  maxReplicas: z.number(),
  cpuPercent: z.number().nullable(),
});
export type OwnScaler = z.infer<typeof OwnScaler>;

export const CorefileSource = z.strictObject({
  object: ObjectRef,
  dataKey: z.string(),
  owner: ForeignOwner.nullable(),
  immutable: z.boolean(),
  text: z.string(),
});
export type CorefileSource = z.infer<typeof CorefileSource>;

/** What a pod counted since it started. */
export const PodLoad = z.strictObject({
  upSeconds: z.number().nullable(),
  requests: z.number(),
  /** Answers that there is no such name. */
  noSuchName: z.number(),
  /** Answers that the server failed. */
  failed: z.number(),
  cacheRequests: z.number(),
  cacheHits: z.number(),
  cacheEvictions: z.number(),
  /** Queries refused since max_concurrent others waited for upstreams. */
  forwardRejects: z.number(),
  reloadFailures: z.number(),
});
export type PodLoad = z.infer<typeof PodLoad>;

export const CoreDnsPod = z.strictObject({
  name: z.string(),
  node: z.string(),
  address: z.string(),
  ready: z.boolean(),
  /** Null when it shows no metrics to the agent on its node. */
  load: PodLoad.nullable(),
});
export type CoreDnsPod = z.infer<typeof CoreDnsPod>;

export const CoreDnsDeployment = z.strictObject({
  kind: z.literal('deployment'),
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  /** From the image's tag; null where that has none. */
  version: z.string().nullable(),
  replicas: z.int().nonnegative(),
  /** Containers that request no CPU: an HPA counts use against requests. */
  withoutCpuRequest: z.array(z.string()),
  memoryLimit: z.string().nullable(),
  /** Seconds between being told to stop and being killed. */
  graceSeconds: z.number(),
  labelSelector: z.string(),
  /** Why the Corefile cannot be had, or where it stands. */
  corefile: z.union([CorefileSource, z.strictObject({ unreadable: z.string() })]),
  scalers: z.array(Scaler),
  ownScaler: OwnScaler.nullable(),
  /** What the API server says of metrics.k8s.io; an HPA on CPU lives on it. */
  metricsApi: z.enum(['available', 'unavailable', 'absent']),
  hasDisruptionBudget: z.boolean(),
  /** DaemonSets that answer pods on their own node: CoreDNS then sees nodes, not pods, as its clients. */
  nodeCaches: z.array(z.string()),
  pods: z.array(CoreDnsPod),
});
export type CoreDnsDeployment = z.infer<typeof CoreDnsDeployment>;

/** Where the cluster's DNS server is, and who keeps it. */
export const CoreDnsObservation = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  /** DNS that is configured by something other than a Corefile we could edit. */
  z.strictObject({ kind: z.literal('elsewhere'), where: z.string(), advice: z.string() }),
  CoreDnsDeployment,
]);
export type CoreDnsObservation = z.infer<typeof CoreDnsObservation>;
