import { z } from 'zod';

/** Kernel rules that kube-proxy itself made on a node, by the means that it has (domain.md 1.2). */
export const ProxyRulesAnswer = z.strictObject({
  /** KUBE-SERVICES, KUBE-SVC-…, KUBE-SEP-… and their like in both back ends; not the kubelet's or the CNI's chains. */
  iptables: z
    .strictObject({
      chains: z.int().nonnegative(),
      /** Rules inside those chains. */
      rules: z.int().nonnegative(),
      /** KUBE-SVC- chains: ports of Services that have endpoints. */
      services: z.int().nonnegative(),
    })
    .nullable(),
  nftables: z
    .strictObject({
      /** `ip kube-proxy`, `ip6 kube-proxy`. */
      tables: z.array(z.string()),
      /** Rules in their chains and elements in their maps: a Service is an element. */
      rules: z.int().nonnegative(),
    })
    .nullable(),
  ipvs: z
    .strictObject({
      virtualServers: z.int().nonnegative(),
      /** Whether kube-ipvs0 is there, which holds every ClusterIP. */
      interface: z.boolean(),
    })
    .nullable(),
  /** Why one of them is null. */
  problem: z.string().nullable(),
});
export type ProxyRulesAnswer = z.infer<typeof ProxyRulesAnswer>;

const usable = {
  usable: z.boolean(),
  /** What was tried, or what is missing: a sentence. */
  why: z.string(),
};

/** What a node's kernel can do for each mode of kube-proxy: tried where that changes nothing, not guessed from names. */
export const ProxySupportAnswer = z.strictObject({
  nft: z.strictObject(usable),
  iptables: z.strictObject({ ...usable, backend: z.enum(['nft', 'legacy']).nullable() }),
  ipvs: z.strictObject({ ...usable, schedulers: z.array(z.string()) }),
  /**
   * Connections to a NodePort on 127.0.0.1, or packets of such that kube-proxy counted since it started, whichever is
   * more: nftables mode does not serve them. 0 where none was seen.
   */
  localhostNodePorts: z.int().nonnegative(),
  connections: z.strictObject({
    /** Established connections whose destination was translated: those that a switch could cut. */
    established: z.int().nonnegative().nullable(),
  }),
});
export type ProxySupportAnswer = z.infer<typeof ProxySupportAnswer>;

/** How kube-proxy's own metrics tell that it keeps up; a metric that its version or mode lacks is absent. */
export const ProxySync = z.strictObject({
  /** Unix time of the last sync of rules. */
  lastSeconds: z.number().nonnegative().nullable(),
  /** Syncs since it started. */
  count: z.int().nonnegative().nullable(),
  meanMilliseconds: z.number().nonnegative().optional(),
  /** Upper bounds of the histogram's buckets that hold the quantile. */
  p50Milliseconds: z.number().nonnegative().optional(),
  p99Milliseconds: z.number().nonnegative().optional(),
  /** From a Service's or endpoint's change to the rules for it, 99 of 100. */
  networkProgrammingP99Milliseconds: z.number().nonnegative().optional(),
  /** Rules as kube-proxy counts them; iptables mode alone does. */
  rules: z.int().nonnegative().optional(),
  failures: z.int().nonnegative().optional(),
});
export type ProxySync = z.infer<typeof ProxySync>;

export const KubeProxyAnswer = z.strictObject({
  /** `iptables`, `nftables`, `ipvs` as its /proxyMode answers; null when nothing answers there. */
  mode: z.string().nullable(),
  healthy: z.boolean().nullable(),
  /** Null when its metrics could not be read. */
  sync: ProxySync.nullable().optional(),
});
export type KubeProxyAnswer = z.infer<typeof KubeProxyAnswer>;
