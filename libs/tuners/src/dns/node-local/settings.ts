import { z } from 'zod';

/** The 1.26 line of kubernetes/dns: the flags that the plan uses are of it. */
export const defaultImage = 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.7';

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const LocalAddress = z
  .string()
  .max(15)
  .regex(new RegExp(`^169\\.254\\.${octet}\\.${octet}$`), 'must be in 169.254.0.0/16');
const PinnedImage = z
  .string()
  .max(255)
  .regex(/^[a-z0-9][a-z0-9./-]*(:[0-9]{2,5}\/[a-z0-9./-]+)?:[A-Za-z0-9_][A-Za-z0-9._-]*$/)
  .refine((image) => !image.endsWith(':latest'), 'must name a version');

export const NodeLocalSettings = z.strictObject({
  reach: z.enum(['all-pods', 'link-local']).default('all-pods').meta({
    description:
      'all-pods: the cache takes over the address that pods ask already, on each node (kube-proxy in iptables or nftables mode). link-local: it answers on its own address alone, and serves whoever is told to ask there.',
  }),
  localAddress: LocalAddress.default('169.254.20.10').meta({
    description: 'Address of the cache on every node; link-local, used by nobody else.',
  }),
  image: PinnedImage.default(defaultImage).meta({
    description: 'Image of k8s-dns-node-cache, with a version: never latest.',
  }),
  successCapacity: z.int().min(1024).max(1_000_000).default(9984).meta({
    description: 'Answers of the cluster’s own names that a node keeps; about 1 KiB each.',
  }),
  successSeconds: z.int().min(1).max(3600).default(30).meta({
    description: 'Seconds for which a node keeps an answer at most; a shorter TTL wins.',
  }),
  denialSeconds: z.int().min(1).max(1800).default(5).meta({
    description:
      'Seconds for which a node keeps that a name of the cluster does not exist. Longer hides a new Service for as long.',
  }),
  healthPort: z.int().min(1024).max(65_535).default(8080).meta({
    description: 'Port of the cache’s health check on its own address.',
  }),
});
export type NodeLocalSettings = z.infer<typeof NodeLocalSettings>;
