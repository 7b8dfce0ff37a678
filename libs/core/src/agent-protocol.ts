import { z } from 'zod';
import { AnyJson } from './json.js';
import { KernelKeyName, ReadableKeyName } from './kernel-keys.js';
import { KubeProxyAnswer, ProxyRulesAnswer, ProxySupportAnswer } from './proxy-protocol.js';
import { pathAnswers, pathOrders } from './path-protocol.js';

/**
 * What the worker says to an agent and hears from it: one JSON document a line, over the agent's
 * standard input and output. Every order has an id and gets one reply with the same id, in any order.
 * An agent says nothing that it was not asked.
 */

/** Seconds without a line from the worker after which an agent ends by itself. */
export const agentIdleSeconds = 30;
/** Seconds between the worker's pings. */
export const agentPingSeconds = 5;
/** TCP and UDP echo ports of an agent inside a pod's network. */
export const agentEchoPort = 10_711;
/** Bytes in one line of the protocol, at most. */
export const agentLineBytes = 1_048_576;

export const agentModes = ['host', 'pod'] as const;
export type AgentMode = (typeof agentModes)[number];

export const ProbeTarget = z.strictObject({
  address: z.union([z.ipv4(), z.ipv6()]),
  port: z.int().min(1).max(65_535),
});

const pacing = {
  count: z.int().min(1).max(10_000),
  /** From the start of one attempt to the start of the next: latency is measured on a schedule. */
  intervalMilliseconds: z.number().min(0).max(10_000),
  timeoutMilliseconds: z.number().min(1).max(30_000),
};

/** A way to measure, as an agent runs it. Each attempt yields one value in milliseconds or an error code. */
export const ProbeOrder = z.discriminatedUnion('type', [
  /** New connection, one request, one response, close. */
  z.strictObject({
    type: z.literal('tcp-crr'),
    target: ProbeTarget,
    payloadBytes: z.int().min(1).max(65_536),
    ...pacing,
  }),
  /** Request and response over one connection that stays open. */
  z.strictObject({
    type: z.literal('tcp-rr'),
    target: ProbeTarget,
    payloadBytes: z.int().min(1).max(65_536),
    ...pacing,
  }),
  z.strictObject({
    type: z.literal('udp-rr'),
    target: ProbeTarget,
    payloadBytes: z.int().min(1).max(1_400),
    ...pacing,
  }),
  /** One A lookup of exactly this name: no search path. */
  z.strictObject({
    type: z.literal('dns'),
    target: ProbeTarget,
    name: z.string().max(253),
    /** A label of its own before the name in each attempt, so that no cache has the answer. */
    fresh: z.boolean().optional(),
    /** That the name does not exist is an answer too, not a failure. */
    absentIsAnswer: z.boolean().optional(),
    ...pacing,
  }),
  /** One lookup as a pod's C library makes it: the agent's own search path and ndots, A and AAAA of each name. */
  z.strictObject({ type: z.literal('dns-cost'), name: z.string().max(253), ...pacing }),
]);
export type ProbeOrder = z.infer<typeof ProbeOrder>;

export const AgentOrder = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('hello') }),
  z.strictObject({ do: z.literal('ping') }),
  z.strictObject({ do: z.literal('read-keys'), keys: z.array(ReadableKeyName).max(200) }),
  /** Writes only where the key now holds one of `expect`; answers what was found and what is there after. */
  z.strictObject({
    do: z.literal('write-key'),
    key: KernelKeyName,
    value: z.string().max(4096),
    expect: z.array(z.string()).min(1),
  }),
  z.strictObject({ do: z.literal('read-counters') }),
  /** Keys inside the network namespaces of other pods on the node. Only an agent that may look there answers. */
  z.strictObject({
    do: z.literal('read-pod-keys'),
    podUids: z.array(z.uuid()).max(200),
    keys: z.array(ReadableKeyName).max(50),
  }),
  /** The resolver configuration that the agent itself was given. */
  z.strictObject({ do: z.literal('read-resolver') }),
  /** The same of other pods on the node, by rights that only a reader of pods has. */
  z.strictObject({ do: z.literal('read-pod-resolvers'), podUids: z.array(z.uuid()).max(200) }),
  /** Who listens on these ports in the agent's network namespace. */
  z.strictObject({
    do: z.literal('read-listeners'),
    ports: z.array(z.int().min(1).max(65_535)).max(20),
  }),
  /** What kube-proxy on this node says of itself on its loopback port. */
  z.strictObject({ do: z.literal('read-kube-proxy') }),
  /** Rules that kube-proxy made in this kernel. Only an agent that may look at them answers. */
  z.strictObject({ do: z.literal('read-proxy-rules') }),
  /** What this kernel can do for each mode of kube-proxy. Only an agent that may look answers. */
  z.strictObject({ do: z.literal('read-proxy-support') }),
  /** What a process shows of itself on `/metrics`, by the metrics' names. */
  z.strictObject({
    do: z.literal('read-metrics'),
    target: ProbeTarget,
    names: z
      .array(z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,200}$/))
      .min(1)
      .max(50),
  }),
  z.strictObject({ do: z.literal('probe'), probe: ProbeOrder }),
  ...pathOrders,
  z.strictObject({ do: z.literal('bye') }),
]);
export type AgentOrder = z.infer<typeof AgentOrder>;

export const KeyReading = z.strictObject({
  key: ReadableKeyName,
  /** Null when the key does not exist here. */
  value: z.string().nullable(),
  /** Whether the file's mode and mount let us write it; proved by opening it for writing, not by writing. */
  writable: z.boolean(),
});
export type KeyReading = z.infer<typeof KeyReading>;

/** What a resolv.conf says, word by word. */
export const ResolverReading = z.strictObject({
  nameservers: z.array(z.string()),
  searches: z.array(z.string()),
  /** `ndots:5`, `edns0`. */
  options: z.array(z.string()),
});
export type ResolverReading = z.infer<typeof ResolverReading>;

export const HelloAnswer = z.strictObject({
  node: z.string(),
  mode: z.enum(agentModes),
  version: z.string(),
  kernel: z.string(),
  bootId: z.string(),
  cpus: z.int().positive(),
  memoryBytes: z.int().positive(),
  /** Of the agent itself: addresses in its network namespace, without loopback. */
  addresses: z.array(z.string()),
});
export type HelloAnswer = z.infer<typeof HelloAnswer>;

export const CounterReading = z.strictObject({
  /** `TcpExt.ListenDrops`, `conntrack.insert_failed`, `softnet.dropped`: file section, dot, the kernel's own name. */
  name: z.string(),
  value: z.number().nonnegative(),
  /** `counter` only grows until its namespace or the node goes; `gauge` is a level. */
  kind: z.enum(['counter', 'gauge']),
});
export type CounterReading = z.infer<typeof CounterReading>;

/** One series of a metric, as Prometheus' text format has it. */
export const MetricReading = z.strictObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  value: z.number(),
});
export type MetricReading = z.infer<typeof MetricReading>;

/** One attempt: when it was due and done, and what came of it. */
export const ProbeAttempt = z.strictObject({
  /** Milliseconds after the probe's start at which the attempt was due. */
  dueMilliseconds: z.number().nonnegative(),
  /** From the moment it was due, so that a late start counts: no coordinated omission. */
  milliseconds: z.number().nonnegative().optional(),
  /** Questions sent until the answer was there, where the probe counts them. */
  queries: z.int().nonnegative().optional(),
  /** `timeout`, `ECONNREFUSED`, `NXDOMAIN`, `wrong-answer` …; exactly one of the two is there. */
  error: z.string().optional(),
});
export type ProbeAttempt = z.infer<typeof ProbeAttempt>;

export const AgentAnswers = {
  hello: HelloAnswer,
  ping: z.strictObject({}),
  'read-keys': z.strictObject({ bootId: z.string(), readings: z.array(KeyReading) }),
  'write-key': z.strictObject({
    bootId: z.string(),
    found: z.string(),
    /** False when `found` was not among the expected values: nothing was written then. */
    written: z.boolean(),
    now: z.string(),
  }),
  'read-counters': z.strictObject({ bootId: z.string(), counters: z.array(CounterReading) }),
  'read-pod-keys': z.strictObject({
    pods: z.array(
      z.strictObject({ podUid: z.string(), found: z.boolean(), readings: z.array(KeyReading) }),
    ),
  }),
  'read-kube-proxy': KubeProxyAnswer,
  'read-proxy-rules': ProxyRulesAnswer,
  'read-proxy-support': ProxySupportAnswer,
  'read-resolver': ResolverReading,
  'read-pod-resolvers': z.strictObject({
    pods: z.array(
      z.strictObject({
        podUid: z.string(),
        /** Null when the pod is not found, or has no such file. */
        resolver: ResolverReading.nullable(),
        /** `musl` where a container's own files hold that C library's loader. */
        libc: z.enum(['musl', 'other']).nullable(),
      }),
    ),
  }),
  'read-listeners': z.strictObject({
    listeners: z.array(
      z.strictObject({
        protocol: z.enum(['udp', 'tcp']),
        /** `0.0.0.0` and `::` stand for every address. */
        address: z.string(),
        port: z.int(),
      }),
    ),
  }),
  'read-metrics': z.strictObject({
    /** The agent's clock, seconds since 1970: what a start time is counted from. */
    nowSeconds: z.number(),
    /** Null when nothing answers there, or not with metrics. */
    readings: z.array(MetricReading).nullable(),
  }),
  probe: z.strictObject({ startedAt: z.iso.datetime(), attempts: z.array(ProbeAttempt) }),
  ...pathAnswers,
  bye: z.strictObject({}),
} as const;
export type AgentAnswer<D extends AgentOrder['do']> = z.infer<(typeof AgentAnswers)[D]>;

/** A line to the agent. */
export const AgentRequest = z.strictObject({ id: z.int().nonnegative(), order: AgentOrder });
export type AgentRequest = z.infer<typeof AgentRequest>;

/** A line from the agent: exactly one of `answer` and `error`. */
export const AgentReply = z.strictObject({
  id: z.int().nonnegative(),
  answer: AnyJson.optional(),
  error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
});
export type AgentReply = z.infer<typeof AgentReply>;
