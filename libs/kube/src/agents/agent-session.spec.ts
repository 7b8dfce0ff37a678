import { AgentLost, LeaseLost, type AgentOrder, type ClusterNode } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import type { AgentLauncher, StartedAgent } from './agent-launcher.js';
import type { AgentSeat } from './agent-names.js';
import { agentSession } from './agent-session.js';

const never = new AbortController().signal;

function aNode(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    ready: true,
    kernel: '6.1',
    os: 'linux',
    arch: 'amd64',
    kubeletVersion: 'v1.36.0',
    osImage: '',
    addresses: [],
    labels: {},
    annotations: {},
    podCidrs: [],
    memoryBytes: 0,
    cpus: 1,
    ...more,
  };
}

/** A cluster in memory: agents answer everything, unless a test says that a node's does not start. */
function aCluster(nodes: readonly ClusterNode[]) {
  const started: string[] = [];
  const broken = new Set<string>();
  const agents: { readonly node: string; isOpen: boolean }[] = [];
  const state = { removed: 0, newer: false, orders: [] as string[], services: 0, time: 0 };

  function agentOn(seat: AgentSeat): StartedAgent {
    const agent = { node: seat.node, isOpen: true };
    agents.push(agent);
    const ask = (order: AgentOrder) => {
      if (!agent.isOpen) return Promise.reject(new AgentLost(`${seat.node} is lost`));
      state.orders.push(`${seat.kind} ${seat.node} ${order.do}`);
      const attempts = [{ dueMilliseconds: 0, milliseconds: 1 }];
      return Promise.resolve(order.do === 'probe' ? { startedAt: '', attempts } : {});
    };
    return {
      seat,
      podAddress: `10.0.0.${agents.length}`,
      jobUid: 'u',
      channel: {
        ask: ask as StartedAgent['channel']['ask'],
        isOpen: () => agent.isOpen,
        close: () => void (agent.isOpen = false),
      },
    };
  }

  const launcher: AgentLauncher = {
    start: (seats) =>
      new Map(
        seats.map((seat) => {
          started.push(`${seat.kind} ${seat.node} ${seat.start}`);
          const failed = Promise.reject<StartedAgent>(
            new AgentLost(`${seat.node} could not start`),
          );
          failed.catch(() => undefined);
          return [seat, broken.has(seat.node) ? failed : Promise.resolve(agentOn(seat))];
        }),
      ),
    createService: () => Promise.resolve(`10.96.0.${(state.services += 1)}`),
    removeAll: () => Promise.resolve(void (state.removed += 1)),
    refuseIfNewer: () => (state.newer ? Promise.reject(new LeaseLost('newer')) : Promise.resolve()),
  };
  const session = agentSession({
    jobId: 'j1',
    fence: 3,
    launcher,
    nodes: { get: () => Promise.resolve(nodes), forget: () => undefined },
    now: () => state.time,
  });
  return { session, started, broken, agents, state };
}

describe('agentSession', () => {
  it('removes what an earlier worker left before its first agent, and starts each agent once', async () => {
    const { session, started, state } = aCluster([aNode('a'), aNode('b')]);

    await Promise.all([
      session.askAll('host', { do: 'ping' }, never),
      session.askAll('host', { do: 'ping' }, never),
      session.askOne('host', 'a', { do: 'ping' }, never),
    ]);

    expect(started).toEqual(['host a 0', 'host b 0']);
    expect(state.removed).toBe(1);
  });

  it('reports nodes that cannot have an agent, and asks the others', async () => {
    const nodes = [
      aNode('a'),
      aNode('down', { ready: false }),
      aNode('stuck'),
      aNode('win', { os: 'windows' }),
    ];
    const { session, broken, started } = aCluster(nodes);
    broken.add('stuck');

    const reports = await session.askAll('pod', { do: 'ping' }, never);

    expect(reports).toEqual([
      { node: 'a', answer: {} },
      { node: 'down', problem: 'The node is not ready.' },
      { node: 'stuck', problem: 'stuck could not start' },
      { node: 'win', problem: 'Windows nodes have none of these settings.' },
    ]);
    expect(started).toEqual(['pod a 0', 'pod stuck 0']);
  });

  it('starts one fresh agent on the next ask after a loss', async () => {
    const { session, started, agents } = aCluster([aNode('a')]);
    await session.askOne('host', 'a', { do: 'ping' }, never);
    for (const agent of agents) agent.isOpen = false;

    await session.askOne('host', 'a', { do: 'ping' }, never);
    await session.askOne('host', 'a', { do: 'ping' }, never);

    expect(started).toEqual(['host a 0', 'host a 1']);
  });

  it('asks a new pod where the old one was given up, and leaves other agents alone', async () => {
    const { session, started, state } = aCluster([aNode('a'), aNode('b')]);
    await session.askAll('pod', { do: 'ping' }, never);
    await session.askAll('host', { do: 'ping' }, never);

    await session.renewPods(['a'], never);
    await session.askAll('pod', { do: 'ping' }, never);
    await session.askAll('host', { do: 'ping' }, never);

    expect(started).toEqual(['pod a 0', 'pod b 0', 'host a 0', 'host b 0', 'pod a 1']);
    expect(state.orders.filter((order) => order.endsWith('bye'))).toEqual(['pod a bye']);
  });

  it('starts no agent for a worker whose lease a newer one has taken', async () => {
    const { session, started, agents, state } = aCluster([aNode('a')]);
    await session.askOne('host', 'a', { do: 'ping' }, never);
    for (const agent of agents) agent.isOpen = false;
    state.newer = true;

    await expect(session.askOne('host', 'a', { do: 'ping' }, never)).rejects.toBeInstanceOf(
      LeaseLost,
    );
    await expect(session.askAll('host', { do: 'ping' }, never)).rejects.toBeInstanceOf(LeaseLost);
    expect(started).toEqual(['host a 0']);
  });

  it('does not try a node again at once whose agent could not start', async () => {
    const { session, broken, started, state } = aCluster([aNode('a')]);
    broken.add('a');
    await expect(session.askOne('host', 'a', { do: 'ping' }, never)).rejects.toBeInstanceOf(
      AgentLost,
    );
    broken.clear();

    state.time = 10_000;
    await expect(session.askOne('host', 'a', { do: 'ping' }, never)).rejects.toBeInstanceOf(
      AgentLost,
    );
    state.time = 61_000;
    await session.askOne('host', 'a', { do: 'ping' }, never);

    expect(started).toEqual(['host a 0', 'host a 1']);
  });

  it('gives the right to look into pods only where somebody asks to', async () => {
    const { session, started } = aCluster([aNode('a'), aNode('b')]);
    await session.askAll('host', { do: 'ping' }, never);

    await session.askOne('host', 'b', { do: 'read-pod-keys', podUids: [], keys: [] }, never);

    expect(started).toEqual(['host a 0', 'host b 0', 'pod-reader b 0']);
  });

  it('makes the ends of probes once, on as many nodes as asked, and replaces a node that fails', async () => {
    const { session, broken, state } = aCluster([aNode('a'), aNode('b'), aNode('c')]);
    broken.add('a');

    const first = await session.probeEnds(2, never);
    const second = await session.probeEnds(2, never);

    expect(first.map(({ node }) => node)).toEqual(['b', 'c']);
    expect(second).toEqual(first);
    expect(state.services).toBe(2);
  });

  it('reaches every end from every end before it hands them out', async () => {
    const { session, state } = aCluster([aNode('a'), aNode('b')]);

    await session.probeEnds(2, never);

    expect(state.orders.toSorted()).toEqual([
      'pod a probe',
      'pod a probe',
      'pod b probe',
      'pod b probe',
    ]);
  });

  it('says bye, removes all, can be stopped twice, and starts anew when asked again', async () => {
    const { session, started, state } = aCluster([aNode('a')]);
    await session.askOne('host', 'a', { do: 'ping' }, never);

    await session.stop(never);
    await session.stop(never);
    await session.askOne('host', 'a', { do: 'ping' }, never);

    expect(state.orders).toEqual(['host a ping', 'host a bye', 'host a ping']);
    expect(started).toEqual(['host a 0', 'host a 1']);
    expect(state.removed).toBe(4);
  });

  it('ends a caller who gives up and leaves the agent to the others', async () => {
    const { session } = aCluster([aNode('a')]);
    const caller = new AbortController();
    const reason = new Error('cancelled');
    caller.abort(reason);

    await expect(session.askAll('host', { do: 'ping' }, caller.signal)).rejects.toBe(reason);
    await expect(session.askOne('host', 'a', { do: 'ping' }, never)).resolves.toEqual({});
  });
});
