import { z } from 'zod';
import { AnyJson, ObjectRef, objectText } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';
import { isObject } from '../json-reading.js';
import type { ProxyConfigView } from '../proxy-config/kube-proxy-view.js';

/** kube-proxy's `conntrack` section as it stands in the configuration; absent members are absent. */
export const ConntrackSection = z.record(z.string(), AnyJson);
export type ConntrackSection = z.infer<typeof ConntrackSection>;

/** Where kube-proxy's configuration stands, and who keeps it; of its text the `conntrack` section alone. */
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

/** What concerns this tuner of the configuration. */
export function conntrackView(view: ProxyConfigView): KubeProxyView {
  if (view.kind !== 'daemon-set') return view;
  const { configuration, config, ...common } = view;
  const section = configuration['conntrack'] ?? null;
  if (section !== null && !isObject(section)) {
    const where = config === null ? objectText(view.object) : objectText(config.object);
    return { kind: 'unreadable', why: `${where} is no KubeProxyConfiguration` };
  }
  if (config === null) return { ...common, section: (section ?? {}) as ConntrackSection, config };
  const { byKubeadm: _byKubeadm, ...kept } = config;
  return { ...common, section: section as ConntrackSection | null, config: kept };
}
