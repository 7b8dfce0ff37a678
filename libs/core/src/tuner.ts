import type { z } from 'zod';
import type { AgentAnswer, AgentOrder } from './agent-protocol.js';
import type { JsonObject } from './json.js';
import type { ObjectRef, SeenObject } from './objects.js';
import type { Finding } from './finding.js';
import type { Plan } from './plan.js';
import type { ProbeSpec } from './sample.js';

/** One rule of a Role or ClusterRole, and why it is needed. */
export interface RbacRule {
  /** `cluster`: a ClusterRole; otherwise a Role in that namespace. */
  readonly scope: 'cluster' | { readonly namespace: string };
  readonly apiGroup: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly reason: string;
}

/** A parameter that a tuner owns: no two tuners may name the same one. */
export interface OwnedParameter {
  /** A kernel key as it is; otherwise the owner and the field: `kube-proxy.mode`, `coredns.cache.ttl`. */
  readonly name: string;
  /** What it decides, in a few words. */
  readonly title?: string;
  /** Whose configuration decides the value in the end. */
  readonly owner?:
    | 'kernel'
    | 'kube-proxy'
    | 'cni'
    | 'coredns'
    | 'node-local-dns'
    | 'kubelet'
    | 'workload'
    | 'api-server';
  /** What the parameter may be set to, bounds included. */
  readonly value?: z.ZodType;
  /** `major.minor` from which on Kubernetes, or the component, knows it; the last one that does. */
  readonly sinceKubernetes?: string;
  readonly untilKubernetes?: string;
  readonly sinceKernel?: string;
  readonly unit: string;
  readonly scope: 'node' | 'new-pods' | 'pod' | 'cluster';
  /** What a change of it costs. */
  readonly cost: 'none' | 'pod-restart' | 'agent-restart' | 'node-roll' | 'connection-cut';
  readonly source: string;
}

/** A node as the API server lists it. */
export interface ClusterNode {
  readonly name: string;
  readonly ready: boolean;
  readonly kernel: string;
  readonly os: 'linux' | 'windows';
  readonly arch: string;
  readonly kubeletVersion: string;
  readonly osImage: string;
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Ranges of its pods' addresses; none where the CNI hands them out by itself. */
  readonly podCidrs: readonly string[];
  readonly memoryBytes: number;
  readonly cpus: number;
}

/** The only way in which a tuner looks at a cluster. Nothing of it writes. */
export interface ClusterReader {
  /** `major.minor.patch` of the API server, without a vendor's suffix. */
  readonly version: string;
  /** The namespace that holds what is ours in the cluster. */
  readonly ownNamespace: string;
  /** The image that our agents run, for objects that a plan creates. */
  readonly agentImage: string;
  nodes(signal: AbortSignal): Promise<readonly ClusterNode[]>;
  /** One object, or null when absent. Throws ClusterUnreachable, ClusterForbidden. */
  read(ref: ObjectRef, signal: AbortSignal): Promise<SeenObject | null>;
  /** All objects of a kind, by name; of one namespace when one is given. */
  list(
    kind: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
    selector: { readonly labelSelector?: string; readonly fieldSelector?: string },
    signal: AbortSignal,
  ): Promise<readonly SeenObject[]>;
  /** How many objects of a kind there are, in one request for one of them. Null when the server does not tell. */
  count(
    kind: { readonly apiVersion: string; readonly kind: string; readonly namespace?: string },
    signal: AbortSignal,
  ): Promise<number | null>;
  /** Whether the API server knows the kind at all. */
  serves(
    kind: { readonly apiVersion: string; readonly kind: string },
    signal: AbortSignal,
  ): Promise<boolean>;
  /** Asks the agent in the host's network namespace of every reachable Linux node, in parallel. */
  askHosts<D extends AgentOrder['do']>(
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
  ): Promise<readonly NodeReport<D>[]>;
  /** Asks the agent in the host's network namespace of one node. Throws AgentLost when there is none. */
  askHost<D extends AgentOrder['do']>(
    node: string,
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
  ): Promise<AgentAnswer<D>>;
  /** Asks an agent that runs as an ordinary pod: what a new pod on that node gets. */
  askPods<D extends AgentOrder['do']>(
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
  ): Promise<readonly NodeReport<D>[]>;
}

/** A node's answer, or why there is none. */
export type NodeReport<D extends AgentOrder['do']> =
  | { readonly node: string; readonly answer: AgentAnswer<D> }
  | { readonly node: string; readonly problem: string };

/**
 * A folder that knows one domain. It observes and plans; the engine alone writes.
 * `Settings` is what a user asks, `Observation` what the tuner saw, both plain JSON.
 */
export interface Tuner<Settings = unknown, Observation extends JsonObject = JsonObject> {
  readonly name: string;
  readonly title: string;
  /** Place in the order across tuners, ascending (domain.md 8.1). */
  readonly order: number;
  readonly settings: z.ZodType<Settings>;
  readonly observation: z.ZodType<Observation>;
  readonly rbac: readonly RbacRule[];
  readonly parameters: readonly OwnedParameter[];
  readonly probes: readonly ProbeSpec[];
  observe(
    reader: ClusterReader,
    settings: Settings | null,
    signal: AbortSignal,
  ): Promise<Observation>;
  /** Pure. Never throws for anything that an observation can hold. */
  plan(settings: Settings, observed: Observation): Plan;
  /** Pure: what to do about what was seen, `leave-alone` included. Never throws either. */
  advise?(observed: Observation): readonly Finding[];
}
