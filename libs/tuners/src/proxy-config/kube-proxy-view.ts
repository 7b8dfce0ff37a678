import { z } from 'zod';
import { AnyJsonObject, ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';

/** Where kube-proxy's configuration stands, and who keeps it. Shared by the tuners that edit it. */
export const ProxyConfigView = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  /** It runs, but its configuration is not an object that we may edit. */
  z.strictObject({
    kind: z.literal('elsewhere'),
    where: z.string(),
    advice: z.string(),
  }),
  /** It is there and its configuration could not be understood. */
  z.strictObject({ kind: z.literal('unreadable'), why: z.string() }),
  z.strictObject({
    kind: z.literal('daemon-set'),
    object: ObjectRef,
    owner: ForeignOwner.nullable(),
    /** Of kube-proxy itself, from its image's tag; the API server's where that has none. */
    version: z.string(),
    pods: z.int().nonnegative(),
    maxUnavailable: z.union([z.string(), z.number()]),
    updateStrategy: z.string(),
    nodeSelector: z.record(z.string(), z.string()),
    /** The whole KubeProxyConfiguration, or what the flags stand for. */
    configuration: AnyJsonObject,
    /** Null when it is configured by flags. */
    config: z
      .strictObject({
        object: ObjectRef,
        dataKey: z.string(),
        owner: ForeignOwner.nullable(),
        immutable: z.boolean(),
        /** Whether kubeadm wrote it: its upgrades read it again and keep what stands in it. */
        byKubeadm: z.boolean(),
      })
      .nullable(),
  }),
]);
export type ProxyConfigView = z.infer<typeof ProxyConfigView>;
export type ProxyConfigDaemonSet = Extract<ProxyConfigView, { kind: 'daemon-set' }>;
