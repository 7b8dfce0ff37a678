import { answerAboutMtu, type MtuWorld } from '../mtu/testing/mtu-world.js';
import { proxyAnswerOf } from './proxy-answers.js';
import {
  AgentLost,
  objectText,
  refOf,
  valueAt,
  type AgentAnswer,
  type AgentOrder,
  type ClusterNode,
  type ClusterReader,
  type Json,
  type JsonObject,
  type MetricReading,
  type NodeReport,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { dnsAnswerOf, type WorldDns } from './dns-answers.js';

/** A node with its kernel. */
export interface WorldNode extends ClusterNode {
  /** Null: the key does not exist there. */
  readonly keys: Map<string, string | null>;
  readonly readOnly: ReadonlySet<string>;
  readonly counters: Readonly<Record<string, number>>;
  /** Why no agent answers; null when one does. */
  readonly problem: string | null;
  /** The usual where nobody says otherwise. */
  readonly dns?: WorldDns;
  /** Absent in worlds where nobody asks for it. */
  readonly proxy?: WorldProxy;
}

/** kube-proxy on a node, and what the node's kernel could run instead. */
export interface WorldProxy {
  /** Null: nothing answers on its port. */
  mode: string | null;
  readonly support: AgentAnswer<'read-proxy-support'>;
}

/** A cluster as far as tuners see it. */
export interface World {
  readonly version: string;
  readonly nodes: readonly WorldNode[];
  readonly objects: Map<string, SeenObject>;
  /** What pods show on `/metrics`, by their addresses; nothing answers at others. */
  readonly metrics?: ReadonlyMap<string, readonly MetricReading[]>;
  /** Links and paths, for worlds in which somebody asks about them. */
  readonly mtu?: MtuWorld;
}

export function put(world: World, object: JsonObject): void {
  const seen = object as SeenObject;
  world.objects.set(objectText(refOf(seen)), structuredClone(seen));
}

export function find(world: World, ref: ObjectRef): SeenObject | null {
  const found = world.objects.get(objectText(ref)) ?? null;
  return found?.apiVersion === ref.apiVersion ? found : null;
}

/** The port over a world: what an API server and the agents would answer. */
export function readerOf(world: World): ClusterReader & { readonly requests: string[] } {
  const requests: string[] = [];
  const askedOf =
    (ends: 'hosts' | 'pods') =>
    <D extends AgentOrder['do']>(order: Extract<AgentOrder, { do: D }>) =>
      Promise.resolve(
        world.nodes
          .filter(({ os, ready }) => os === 'linux' && ready)
          .map((node): NodeReport<D> =>
            node.problem === null
              ? { node: node.name, answer: answerOf(world, node, order, ends) as AgentAnswer<D> }
              : { node: node.name, problem: node.problem },
          ),
      );
  return {
    requests,
    version: world.version,
    ownNamespace: 'fairlead-system',
    agentImage: 'fairlead-agent:0.1.0',
    nodes: () => {
      requests.push('list Node');
      return Promise.resolve(world.nodes);
    },
    read: (ref) => {
      requests.push(`get ${objectText(ref)}`);
      return Promise.resolve(find(world, ref));
    },
    serves: () => Promise.resolve(true),
    list: ({ apiVersion, kind, namespace }, { labelSelector }) => {
      requests.push(`list ${kind}`);
      const [label = '', value] = (labelSelector ?? '').split('=');
      return Promise.resolve(
        [...world.objects.values()]
          .filter((object) => object.kind === kind && object.apiVersion === apiVersion)
          .filter(({ metadata }) => namespace === undefined || metadata['namespace'] === namespace)
          .filter(
            (object) =>
              labelSelector === undefined ||
              valueAt(object, ['metadata', 'labels', label]) === value,
          ),
      );
    },
    count: ({ kind }) => {
      requests.push(`count ${kind}`);
      return Promise.resolve(
        [...world.objects.values()].filter((object) => object.kind === kind).length,
      );
    },
    askHosts: askedOf('hosts'),
    askHost: (name, order) => {
      const node = world.nodes.find((candidate) => candidate.name === name);
      return node?.problem === null && node.ready
        ? Promise.resolve(
            (metricsAnswer(world, order) ?? answerOf(world, node, order, 'hosts')) as never,
          )
        : Promise.reject(new AgentLost(`No agent on ${name}.`));
    },
    askPods: askedOf('pods'),
  };
}

function metricsAnswer(world: World, order: AgentOrder): unknown {
  if (order.do !== 'read-metrics') return null;
  const shown = world.metrics?.get(order.target.address);
  const readings = shown?.filter(({ name }) => order.names.includes(name)) ?? null;
  return { nowSeconds: 1_800_000_000, readings };
}

function answerOf(
  world: World,
  node: WorldNode,
  order: AgentOrder,
  ends: 'hosts' | 'pods',
): unknown {
  const aboutMtu = answerAboutMtu(world, node, order, ends);
  if (aboutMtu !== undefined) return aboutMtu;
  const dnsAnswer = dnsAnswerOf(order, node.dns);
  if (dnsAnswer !== null) return dnsAnswer;
  const aboutProxy = proxyAnswerOf(world, node.proxy ?? null, order);
  if (aboutProxy !== null) return aboutProxy;
  if (order.do === 'read-keys') {
    const readings = order.keys.map((key) => {
      const value = node.keys.get(key) ?? null;
      return { key, value, writable: value !== null && !node.readOnly.has(key) };
    });
    return { bootId: 'boot', readings };
  }
  const counters = Object.entries(node.counters).map(([name, value]) => ({
    name,
    value,
    kind: 'counter',
  }));
  return { bootId: 'boot', counters };
}

/** A kernel's own write: refuses what a kernel would refuse. */
export function setKey(world: World, name: string, key: string, value: string): void {
  const node = world.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`there is no node ${name}`);
  const current = node.keys.get(key) ?? null;
  if (current === null) throw new Error(`${name} has no ${key}`);
  if (node.problem !== null || !node.ready) throw new Error(`nobody can write on ${name}`);
  if (node.readOnly.has(key)) throw new Error(`${key} is read-only on ${name}`);
  node.keys.set(key, value);
}

export function getKey(world: World, name: string, key: string): string | null {
  return world.nodes.find((node) => node.name === name)?.keys.get(key) ?? null;
}

export function textsOf(value: Json | undefined): string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((item) => typeof item === 'string')
    : [];
}
