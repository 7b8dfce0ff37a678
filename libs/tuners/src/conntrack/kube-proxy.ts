import { z } from 'zod';
import { AnyJson, ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';

/** kube-proxy's `conntrack` section as it stands in the configuration; absent members are absent. */
export const ConntrackSection = z.record(z.string(), AnyJson);
export type ConntrackSection = z.infer<typeof ConntrackSection>;

/** Where kube-proxy's configuration stands, and who keeps it. */
export const KubeProxyView = z.discriminatedUnion('kind', [
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
    section: ConntrackSection.nullable(),
    /** Null when it is configured by flags. */
    config: z
      .strictObject({
        object: ObjectRef,
        dataKey: z.string(),
        owner: ForeignOwner.nullable(),
        immutable: z.boolean(),
      })
      .nullable(),
  }),
]);
export type KubeProxyView = z.infer<typeof KubeProxyView>;
export type KubeProxyDaemonSet = Extract<KubeProxyView, { kind: 'daemon-set' }>;
