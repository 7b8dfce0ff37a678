import { z } from 'zod';

const Listener = z.strictObject({ address: z.string(), port: z.int() });

/** One node, as far as a cache on it goes. */
export const CacheNode = z.strictObject({
  name: z.string(),
  os: z.enum(['linux', 'windows']),
  ready: z.boolean(),
  addresses: z.array(z.string()),
  platform: z.string().nullable(),
  /** As kube-proxy on the node answers; null when nothing answered. */
  proxyMode: z.string().nullable(),
  /** Sockets on ports that the cache may need; null when no agent could look. */
  listeners: z.array(Listener).nullable(),
  /** What a new pod there asks; null when nobody looked. */
  nameservers: z.array(z.string()).nullable(),
  searches: z.array(z.string()).nullable(),
});
export type CacheNode = z.infer<typeof CacheNode>;

export const NodeLocalObservation = z.strictObject({
  /** Service kube-system/kube-dns; null when there is none. */
  kubeDns: z
    .strictObject({ address: z.string(), selector: z.record(z.string(), z.string()) })
    .nullable(),
  /** From the search path of a new pod, else from the Corefile; null when neither tells. */
  clusterDomain: z.string().nullable(),
  autopath: z.boolean(),
  nodes: z.array(CacheNode),
  /** A datapath that handles Services without kube-proxy's rules. */
  datapath: z.string().nullable(),
  /** Ours, as its annotation tells what it was made from. */
  standing: z.strictObject({ contentHash: z.string(), takesOver: z.boolean() }).nullable(),
  /** Names of ours that somebody else's objects have, and caches of others, with what keeps them. */
  others: z.array(z.strictObject({ object: z.string(), keeper: z.string(), advice: z.string() })),
});
export type NodeLocalObservation = z.infer<typeof NodeLocalObservation>;
