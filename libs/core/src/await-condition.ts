import { z } from 'zod';
import { AnyJson } from './json.js';
import { KernelKeyName } from './kernel-keys.js';
import { ProxyModeName } from './node-health.js';
import { ObjectRef } from './objects.js';

/** Something that has to be seen in the cluster. How each is looked for: engine/conditions. */
export const AwaitCondition = z.discriminatedUnion('type', [
  /** Every node listed reports the value for the key. */
  z.strictObject({
    type: z.literal('node-values'),
    key: KernelKeyName,
    value: z.string(),
    nodes: z.array(z.string()),
  }),
  /** The DaemonSet or Deployment has all its pods updated and available. */
  z.strictObject({ type: z.literal('rolled-out'), object: ObjectRef }),
  /** Every running pod that the selector finds reports the value inside its own network namespace. */
  z.strictObject({
    type: z.literal('pod-values'),
    namespace: z.string(),
    labelSelector: z.string(),
    key: KernelKeyName,
    value: z.string(),
  }),
  /** kube-proxy on every node listed answers that it is in the mode, and that it is healthy. */
  z.strictObject({
    type: z.literal('proxy-mode'),
    mode: ProxyModeName,
    nodes: z.array(z.string()),
  }),
  /** Nothing of what kube-proxy made in that mode is left in the kernels of the nodes listed. */
  z.strictObject({
    type: z.literal('proxy-rules-gone'),
    mode: ProxyModeName,
    nodes: z.array(z.string()),
  }),
  /** The object's `status.conditions` holds the type with the status: `ScalingActive`, `True`. */
  z.strictObject({
    type: z.literal('object-condition'),
    object: ObjectRef,
    conditionType: z.string(),
    status: z.string(),
  }),
  /** Every running CoreDNS pod that the selector finds runs the Corefile that the ConfigMap holds now. */
  z.strictObject({
    type: z.literal('corefile-loaded'),
    configMap: ObjectRef,
    dataKey: z.string(),
    namespace: z.string(),
    labelSelector: z.string(),
    /** Where each pod shows Prometheus metrics. */
    metricsPort: z.int().min(1).max(65_535),
  }),
  /** Every running pod that the selector finds has the option, `ndots:2`, in its resolv.conf. */
  z.strictObject({
    type: z.literal('pod-resolvers'),
    namespace: z.string(),
    labelSelector: z.string(),
    option: z.string(),
  }),
  /** A pod on every node listed gets an address for the name from the server at this address. */
  z.strictObject({
    type: z.literal('dns-answers'),
    server: z.union([z.ipv4(), z.ipv6()]),
    name: z.string(),
    nodes: z.array(z.string()),
  }),
  /** A new pod on every node listed has a link with the MTU. `follows` names the change that brings it about. */
  z.strictObject({
    type: z.literal('new-pod-mtu'),
    mtuBytes: z.int().positive(),
    nodes: z.array(z.string()),
    follows: z.string(),
    /** What new pods have once that change is undone; the undo waits for it. */
    undoneMtuBytes: z.int().positive(),
  }),
  /** IP packets of so many bytes cross uncut between any two of the nodes, from pods or from the hosts. */
  z.strictObject({
    type: z.literal('path-mtu'),
    ends: z.enum(['hosts', 'pods']),
    /** Both where it is absent. */
    family: z.enum(['ipv4', 'ipv6']).optional(),
    bytes: z.int().positive(),
    nodes: z.array(z.string()),
  }),
  /** The object has the value at the path: what a controller made of an edit of its own configuration. */
  z.strictObject({
    type: z.literal('object-value'),
    object: ObjectRef,
    path: z.array(z.string()).min(1),
    value: AnyJson,
  }),
]);
export type AwaitCondition = z.infer<typeof AwaitCondition>;
