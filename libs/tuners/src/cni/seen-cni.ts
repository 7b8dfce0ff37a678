import { z } from 'zod';
import { AnyJson, ObjectRef } from '@fairlead/core';
import { ForeignOwner } from '../foreign-owner.js';
import { SeenCalico } from './seen-calico.js';
import { SeenCilium } from './seen-cilium.js';

/** The same names as `ClusterFacts.cni`. */
export const cniNames = [
  'flannel',
  'calico',
  'cilium',
  'kindnet',
  'aws-vpc-cni',
  'ovn-kubernetes',
  'unknown',
] as const;

export const IpFamily = z.enum(['ipv4', 'ipv6']);
export type IpFamily = z.infer<typeof IpFamily>;

/** What wraps pods' packets between nodes. */
export const Encapsulation = z.strictObject({
  kind: z.enum(['vxlan', 'geneve', 'ipip', 'wireguard', 'ipsec', 'udp', 'unknown']),
  /** `cross-subnet`: only between nodes of different subnets. */
  when: z.enum(['always', 'cross-subnet']),
  /** Family of the outer packet: the overhead depends on it. */
  underlay: IpFamily,
  /** Where it was read: `ConfigMap kube-flannel/kube-flannel-cfg Backend.Type`. */
  where: z.string(),
});
export type Encapsulation = z.infer<typeof Encapsulation>;

/** One field as it is written, and the place that an edit of it would name. */
export const SeenField = z.strictObject({
  /** In the words of its documentation: `Backend.MTU`, `spec.vxlanMTU`. */
  name: z.string(),
  object: ObjectRef,
  /** A text inside the object that holds the field, as in an `edit` change. */
  document: z
    .strictObject({ path: z.array(z.string()), format: z.enum(['yaml', 'json']) })
    .optional(),
  path: z.array(z.string()),
  /** As written; null when it is not there and the component's own default counts. */
  value: AnyJson,
  owner: ForeignOwner.nullable(),
});
export type SeenField = z.infer<typeof SeenField>;

/** The DaemonSet whose pods are the agents of the CNI. */
export const SeenAgents = z.strictObject({
  object: ObjectRef,
  owner: ForeignOwner.nullable(),
  image: z.string().nullable(),
  /** `RollingUpdate` or `OnDelete`. */
  updateStrategy: z.string(),
  maxUnavailable: z.union([z.string(), z.number()]),
  pods: z.int().nonnegative(),
  ready: z.int().nonnegative(),
});
export type SeenAgents = z.infer<typeof SeenAgents>;

/** What the API tells of a node's place in the network. */
export const NodeNetwork = z.strictObject({
  node: z.string(),
  podCidrs: z.array(z.string()),
  /** With prefix length, `10.0.0.5/24`, where the CNI's annotation tells; null where nothing does. */
  subnet: z.string().nullable(),
});
export type NodeNetwork = z.infer<typeof NodeNetwork>;

/** The CNI of a cluster as its objects describe it. Nothing here was measured. */
export const SeenCni = z.strictObject({
  name: z.enum(cniNames),
  /** For sentences: `flannel`, `flannel inside the node’s own process`, `Antrea`. */
  title: z.string(),
  /** `0.28.9`, from the agents' image; null when its tag tells none. */
  version: z.string().nullable(),
  agents: SeenAgents.nullable(),
  /** Other CNI agents that run beside it, for policy or as a chained plugin, by their DaemonSets. */
  besides: z.array(z.string()),
  /** `mixed`: encapsulated only between subnets. `cloud`: the provider's network knows the pods. */
  routing: z.enum(['tunnel', 'mixed', 'native', 'bgp', 'host-gw', 'cloud', 'unknown']),
  /** Every encapsulation that is enabled anywhere; empty means none, or not known when `routing` is. */
  encapsulations: z.array(Encapsulation),
  /** Of pods' addresses, by the nodes' and pools' CIDRs. */
  families: z.array(IpFamily),
  /** MTU fields of this CNI that exist, those with a default included. */
  mtuFields: z.array(SeenField),
  /** What the CNI's configuration says of Services; null where the CNI leaves them to kube-proxy always. */
  kubeProxyReplacement: z
    .strictObject({ configured: z.enum(['on', 'off', 'partly']), where: z.string() })
    .nullable(),
  nodes: z.array(NodeNetwork),
  calico: SeenCalico.nullable(),
  cilium: SeenCilium.nullable(),
  /** What should have been looked at and could not be. */
  unseen: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});
export type SeenCni = z.infer<typeof SeenCni>;
