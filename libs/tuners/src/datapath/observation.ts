import { z } from 'zod';
import { ObjectRef } from '@fairlead/core';
import { SeenCni } from '../cni/seen-cni.js';
import { ForeignOwner } from '../foreign-owner.js';

export const DatapathNode = z.strictObject({
  name: z.string(),
  ready: z.boolean(),
  os: z.string(),
  kernel: z.string(),
  /** Who runs the node, `aks`, `k3s`; null for nobody special. */
  platform: z.string().nullable(),
});
export type DatapathNode = z.infer<typeof DatapathNode>;

/** A DaemonSet of kube-proxy, also one that a node selector keeps off every node. */
export const KubeProxySet = z.strictObject({
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  pods: z.int().nonnegative(),
  nodeSelector: z.record(z.string(), z.string()),
  updateStrategy: z.string(),
});
export type KubeProxySet = z.infer<typeof KubeProxySet>;

/** Pods in the host's network, by the workload that makes them. */
export const HostNetworkUser = z.strictObject({
  /** `DaemonSet kube-system/kube-proxy`, `static pods kube-system/etcd`. */
  workload: z.string(),
  pods: z.int().positive(),
});
export type HostNetworkUser = z.infer<typeof HostNetworkUser>;

export const DatapathObservation = z.strictObject({
  version: z.string(),
  nodes: z.array(DatapathNode),
  cni: SeenCni,
  kubeProxies: z.array(KubeProxySet),
  /** How the API server is reached: its Service's addresses, and the servers behind it. */
  api: z.strictObject({ clusterIps: z.array(z.string()), endpoints: z.array(z.string()) }),
  /** Null when pods may not be listed. */
  hostNetwork: z.array(HostNetworkUser).nullable(),
  /** Services of the cluster; null when the server does not tell. */
  services: z.int().nonnegative().nullable(),
  unseen: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});
export type DatapathObservation = z.infer<typeof DatapathObservation>;
