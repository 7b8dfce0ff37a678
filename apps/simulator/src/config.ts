import { z } from 'zod';
import { ReadableKeyName } from '@fairlead/core';

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/);

export const SimulatedNode = z.strictObject({
  name,
  cpus: z.int().min(1).max(512).default(4),
  memoryBytes: z
    .int()
    .positive()
    .default(16 * 1024 ** 3),
  kernel: z.string().default('6.8.0-simulated'),
  ready: z.boolean().default(true),
  /** Keys whose file cannot be written on this host. */
  readOnly: z.array(ReadableKeyName).default([]),
  /** Keys that this host does not have. */
  absent: z.array(ReadableKeyName).default([]),
  /** Values that differ from the kernel's defaults. */
  keys: z.partialRecord(ReadableKeyName, z.string()).default({}),
  /** MTU of the link by which the node reaches the others. */
  mtuBytes: z.int().min(576).max(65_535).default(1500),
  /** Connections that the table would hold if it had room. */
  connections: z.int().min(0).default(900),
  /** Whether the kernel takes what kube-proxy's nftables mode makes. */
  nft: z.boolean().default(true),
  /** IPVS schedulers of the kernel; without any it has no IPVS. */
  ipvsSchedulers: z.array(z.string()).default([]),
});
export type SimulatedNode = z.infer<typeof SimulatedNode>;

/** What goes wrong, and how often. Rates are parts of one, drawn from the cluster's seed. */
export const Faults = z.strictObject({
  requestMilliseconds: z.number().min(0).default(0),
  serverErrorRate: z.number().min(0).max(1).default(0),
  /** Requests that never get an answer. */
  timeoutRate: z.number().min(0).max(1).default(0),
  /** An agent ends with exit code 137 when it gets the order after this many. */
  agentOrders: z.int().min(1).optional(),
});
export type Faults = z.infer<typeof Faults>;

export const SimulatedClusterConfig = z.strictObject({
  name,
  /** Same seed, same addresses, latencies and counters. */
  seed: z.string().default('fairlead'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/)
    .default('1.36.3'),
  /** Without one, as k3s or Cilium without kube-proxy. */
  kubeProxy: z
    .strictObject({
      mode: z.enum(['', 'iptables', 'nftables', 'ipvs']).default('iptables'),
      /** Null is kube-proxy's own default, 0 keeps it away from the table. */
      maxPerCore: z.int().min(0).nullable().default(null),
      min: z.int().min(0).nullable().default(null),
    })
    .nullable()
    .default({ mode: 'iptables', maxPerCore: null, min: null }),
  nodes: z.array(SimulatedNode).min(1).max(1000),
  /** What lies between any two nodes: the largest packet that it carries, and whether it says so of larger ones. */
  path: z
    .strictObject({
      mtuBytes: z.int().min(576).max(65_535).default(65_535),
      isSilent: z.boolean().default(false),
    })
    .prefault({}),
  podStartMilliseconds: z.number().min(0).default(300),
  podStopMilliseconds: z.number().min(0).default(100),
  /** Seconds of a probe's schedule that pass in one real second. */
  probeSpeed: z.number().min(0.1).max(10_000).default(1),
  bookmarkSeconds: z.number().min(0.05).default(60),
  /** Changes that a watch can still catch up with. */
  keptEvents: z.int().min(1).default(5000),
  faults: Faults.prefault({}),
});
export type SimulatedClusterConfig = z.infer<typeof SimulatedClusterConfig>;

export const SimulatorOptions = z.strictObject({
  /** 0 takes a free one. */
  port: z.int().min(0).max(65_535),
  clusters: z.array(SimulatedClusterConfig).min(1),
  /** Where kubeconfigs are written; the CA and the tokens are kept there too, for the next start. */
  folder: z.string().optional(),
});
export type SimulatorOptions = z.input<typeof SimulatorOptions>;
