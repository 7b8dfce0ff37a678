import {
  AgentLost,
  DomainError,
  LeaseLost,
  PreconditionFailed,
  type AgentAnswer,
  type AgentOrder,
  type ClusterNode,
  type NodeReport,
  type ProbeEnd,
} from '@fairlead/core';
import type { Remembered } from '../remembered.js';
import type { StartedAgent } from './agent-launcher.js';
import type { AgentKind } from './agent-names.js';
import { agentRoster, type RosterOptions } from './agent-roster.js';
import { probeEndFactory } from './probe-ends.js';
import { probeNodeOrder } from './probe-nodes.js';
import { untilAborted } from './until-aborted.js';

type Do = AgentOrder['do'];
type OrderOf<D extends Do> = Extract<AgentOrder, { do: D }>;
export type AskedKind = 'host' | 'pod';

/** The agents of one lease, and what is asked of them. */
export interface AgentSession {
  askAll<D extends Do>(
    kind: AskedKind,
    order: OrderOf<D>,
    signal: AbortSignal,
  ): Promise<readonly NodeReport<D>[]>;
  /** Throws AgentLost, PreconditionFailed (`node-unsuitable`, `agent-refused`), LeaseLost. */
  askOne<D extends Do>(
    kind: AskedKind,
    node: string,
    order: OrderOf<D>,
    signal: AbortSignal,
  ): Promise<AgentAnswer<D>>;
  /** At most `count` of them, fewer where agents do not start. */
  probeEnds(count: number, signal: AbortSignal): Promise<readonly ProbeEnd[]>;
  /** Ends the agents in pods of their own on these nodes; the next ask there starts new pods. */
  renewPods(nodes: readonly string[], signal: AbortSignal): Promise<void>;
  /** Safe to call twice; what is asked afterwards starts agents anew. */
  stop(signal: AbortSignal): Promise<void>;
}

export interface SessionOptions extends RosterOptions {
  readonly nodes: Remembered<readonly ClusterNode[]>;
}

const byeMilliseconds = 2_000;

export function agentSession(options: SessionOptions): AgentSession {
  const { launcher, nodes } = options;
  const roster = agentRoster(options);
  const endOf = probeEndFactory(launcher);
  async function ask<D extends Do>(
    agent: Promise<StartedAgent> | undefined,
    order: OrderOf<D>,
    signal: AbortSignal,
  ): Promise<AgentAnswer<D>> {
    if (agent === undefined) throw new AgentLost('There is no agent on the node.');
    const { channel } = await untilAborted(agent, signal);
    return await channel.ask(order, signal);
  }

  /** A closed channel is a lost agent: the roster starts another one where it is asked for. */
  async function dismiss(which: (agent: StartedAgent) => boolean, signal: AbortSignal) {
    const open = roster.started().filter((agent) => agent.channel.isOpen() && which(agent));
    const soon = AbortSignal.any([signal, AbortSignal.timeout(byeMilliseconds)]);
    await Promise.allSettled(open.map(({ channel }) => channel.ask({ do: 'bye' }, soon)));
    for (const { channel } of open) channel.close();
  }

  return {
    async askAll(kind, order, signal) {
      const listed = await nodes.get(signal);
      const fit = listed.filter((node) => unfitBecause(node) === null).map(({ name }) => name);
      const agents = await roster.agents(kindFor(kind, order), fit, signal);
      return await Promise.all(
        listed.map(async (node) => {
          const problem = unfitBecause(node);
          if (problem !== null) return { node: node.name, problem };
          try {
            return { node: node.name, answer: await ask(agents.get(node.name), order, signal) };
          } catch (error) {
            return { node: node.name, problem: problemOf(error, signal) };
          }
        }),
      );
    },

    async askOne(kind, node, order, signal) {
      const found = (await nodes.get(signal)).find(({ name }) => name === node);
      if (found === undefined)
        throw new PreconditionFailed('node-unsuitable', `There is no node ${node}.`);
      if (found.os === 'windows')
        throw new PreconditionFailed('node-unsuitable', `${node}: ${windows}`);
      const problem = unfitBecause(found);
      if (problem !== null) {
        nodes.forget(); // it may come back before the list is old
        throw new AgentLost(`${node}: ${problem}`);
      }
      const agents = await roster.agents(kindFor(kind, order), [node], signal);
      return await ask(agents.get(node), order, signal);
    },

    async probeEnds(count, signal) {
      const fit = (await nodes.get(signal)).filter((node) => unfitBecause(node) === null);
      const order = probeNodeOrder(fit);
      const ends: ProbeEnd[] = [];
      // A node whose agent does not start gives its place to the next one.
      for (let from = 0; ends.length < count && from < order.length;) {
        const names = order.slice(from, from + count - ends.length);
        from += names.length;
        const agents = await roster.agents('pod', names, signal);
        const settled = await Promise.allSettled(
          [...agents.values()].map(async (agent) =>
            endOf(await untilAborted(agent, signal), signal),
          ),
        );
        for (const result of settled) {
          if (result.status === 'fulfilled') ends.push(result.value);
          else problemOf(result.reason, signal);
        }
      }
      await endOf.warmUp(ends, roster.started(), signal);
      return ends;
    },

    async renewPods(names, signal) {
      const isOld = ({ kind, node }: StartedAgent['seat']) =>
        kind === 'pod' && names.includes(node);
      await dismiss(({ seat }) => isOld(seat), signal);
    },

    async stop(signal) {
      await dismiss(() => true, signal);
      roster.clear();
      await launcher.removeAll(signal);
    },
  };
}

const windows = 'Windows nodes have none of these settings.';

/** Why no agent can run on a node; null when one can. */
function unfitBecause({ os, ready }: ClusterNode): string | null {
  if (os === 'windows') return windows;
  return ready ? null : 'The node is not ready.';
}

/** What takes rights that no other order needs is asked of agents that start for it alone. */
function kindFor(kind: AskedKind, order: AgentOrder): AgentKind {
  switch (order.do) {
    case 'read-pod-keys':
    case 'read-pod-resolvers':
    case 'read-pod-links':
      return 'pod-reader';
    case 'read-proxy-rules':
    case 'read-proxy-support':
      return 'proxy-reader';
    default:
      return kind;
  }
}

/** What goes into a report. An abort, a lost lease and errors that are not ours are nobody's report. */
function problemOf(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (error instanceof LeaseLost || !(error instanceof DomainError)) throw error;
  return error.message;
}
