import { z } from 'zod';
import { ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';

/** Keys of cilium-config that are kept in an observation; others are left where they are. */
export const ciliumKeys = [
  'auto-direct-node-routes',
  'cni-chaining-mode',
  'cni-exclusive',
  'cluster-pool-ipv4-cidr',
  'cluster-pool-ipv6-cidr',
  'datapath-mode',
  'direct-routing-skip-unreachable',
  'enable-bpf-masquerade',
  'enable-encryption-strict-mode',
  'enable-endpoint-routes',
  'enable-ipsec',
  'enable-ipv4',
  'enable-ipv4-masquerade',
  'enable-ipv6',
  'enable-ipv6-masquerade',
  'enable-wireguard',
  'ipam',
  'ipv4-native-routing-cidr',
  'ipv6-native-routing-cidr',
  'k8s-api-server',
  'k8s-api-server-urls',
  'kube-proxy-replacement',
  'mtu',
  'routing-mode',
  'tunnel',
  'tunnel-protocol',
  'underlay-protocol',
] as const;

/** Cilium's configuration. Sources: domain.md 5.2, 6.2. */
export const SeenCilium = z.strictObject({
  config: z
    .strictObject({
      object: ObjectRef,
      owner: ForeignOwner.nullable(),
      immutable: z.boolean(),
      /** As written: every value of a ConfigMap is a text. */
      values: z.record(z.string(), z.string()),
    })
    .nullable(),
  /** Overrides for some nodes: they win over the ConfigMap there. */
  nodeConfigs: z.array(
    z.strictObject({ object: ObjectRef, defaults: z.record(z.string(), z.string()) }),
  ),
  /** The API server that the agents are told to use; null when they use its ClusterIP. */
  apiServer: z.strictObject({ host: z.string(), port: z.string(), where: z.string() }).nullable(),
});
export type SeenCilium = z.infer<typeof SeenCilium>;
