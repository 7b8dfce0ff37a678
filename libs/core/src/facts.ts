import { z } from 'zod';

export const NodeFacts = z
  .strictObject({
    name: z.string(),
    ready: z.boolean(),
    os: z.string(),
    arch: z.string(),
    kernel: z.string(),
    kubeletVersion: z.string(),
    osImage: z.string(),
  })
  .meta({ id: 'NodeFacts' });
export type NodeFacts = z.infer<typeof NodeFacts>;

/** What a registration, or an observation, found of a cluster through its API alone. */
export const ClusterFacts = z
  .strictObject({
    version: z.string(),
    nodes: z.array(NodeFacts),
    cni: z.enum([
      'flannel',
      'calico',
      'cilium',
      'kindnet',
      'aws-vpc-cni',
      'ovn-kubernetes',
      'unknown',
    ]),
    proxyMode: z.enum(['iptables', 'nftables', 'ipvs', 'none', 'unknown']),
    /** Where the mode was read: a ConfigMap, an argument, the proxy's own port, or why it is unknown. */
    proxyModeSource: z.string(),
    /** Rules of deploy/rbac/fairlead.yaml that the registered account lacks. */
    missingPermissions: z.array(
      z.strictObject({
        permission: z.string(),
        namespace: z.string().optional(),
        reason: z.string(),
      }),
    ),
    /** True when the API server says of itself that it is Fairlead's simulator. */
    simulated: z.boolean(),
  })
  .meta({ id: 'ClusterFacts' });
export type ClusterFacts = z.infer<typeof ClusterFacts>;

/** The cluster that was registered, as far as anybody can tell one from another. */
export const ClusterIdentity = z.strictObject({
  /** UID of the kube-system namespace. */
  uid: z.string(),
  /** SHA-256 over the DER of the CA certificates of the kubeconfig, hex. */
  caSha256: z.string(),
});
export type ClusterIdentity = z.infer<typeof ClusterIdentity>;

/** What the kubeconfig firewall lets through: never written anywhere unsealed. */
export const ClusterCredentials = z.strictObject({
  /** `https://host:port/prefix` */
  server: z.url(),
  caPem: z.string(),
  tlsServerName: z.string().optional(),
  user: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('token'), token: z.string() }),
    z.strictObject({
      type: z.literal('client-certificate'),
      certPem: z.string(),
      keyPem: z.string(),
    }),
  ]),
});
export type ClusterCredentials = z.infer<typeof ClusterCredentials>;
