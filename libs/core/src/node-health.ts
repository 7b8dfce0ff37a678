import { z } from 'zod';

/** A mode of kube-proxy on Linux, as its /proxyMode answers. */
export const ProxyModeName = z.enum(['iptables', 'nftables', 'ipvs']);
export type ProxyModeName = z.infer<typeof ProxyModeName>;

/**
 * What must be seen on a node after kube-proxy there started anew; that its pod is Ready says nothing about rules
 * (domain.md 1.4).
 */
export const NodeHealth = z.strictObject({
  /** kube-proxy itself says that it is in this mode, healthy, and the kernel holds rules of it. */
  proxyMode: ProxyModeName,
  /** Nothing of what it made in this mode is left. */
  rulesGoneOf: ProxyModeName.nullable(),
  /** A ClusterIP and port that a new connection from the node must reach; null where none is known. */
  connect: z
    .strictObject({
      address: z.union([z.ipv4(), z.ipv6()]),
      port: z.int().min(1).max(65_535),
    })
    .nullable(),
});
export type NodeHealth = z.infer<typeof NodeHealth>;
