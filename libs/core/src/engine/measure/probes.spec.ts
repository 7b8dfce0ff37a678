import { describe, expect, it } from 'vitest';
import type { AgentOrder } from '../../agent-protocol.js';
import type { EngineCluster, ProbeEnd } from '../ports.js';
import { FakeCluster, FakeWorld } from '../testing/fake-cluster.js';
import { pairsOf, probePair } from './probes.js';

const end = (node: string): ProbeEnd => ({
  node,
  podAddress: '10.0.0.1',
  serviceAddress: '10.1.0.1',
  port: 1,
});
const names = (nodes: string[], limit: number) =>
  pairsOf(nodes.map(end), limit).map(({ from, to }) => `${from.node}→${to.node}`);

describe('pairsOf', () => {
  it('pairs every node with the next, whatever order they come in', () => {
    expect(names(['c', 'a', 'b'], 9)).toEqual(['a→b', 'b→c', 'c→a']);
    expect(names(['b', 'c', 'a'], 9)).toEqual(['a→b', 'b→c', 'c→a']);
  });

  it('keeps to the limit, and measures a single node with itself', () => {
    expect(names(['a', 'b', 'c'], 2)).toEqual(['a→b', 'b→c']);
    expect(names(['a'], 4)).toEqual(['a→a']);
    expect(names([], 4)).toEqual([]);
  });
});

describe('probePair', () => {
  const pair = { from: end('a'), to: end('b') };
  const measuring = {
    rounds: 1,
    attemptsPerRound: 2,
    intervalMilliseconds: 10,
    nodePairs: 1,
    settleSeconds: 0,
  };
  const probed = async (spec: Parameters<typeof probePair>[0]['spec'], attempt: object) => {
    const orders: AgentOrder[] = [];
    const cluster = Object.assign(new FakeCluster(new FakeWorld()), {
      askPod: (_node: string, order: AgentOrder) => {
        orders.push(order);
        return Promise.resolve({ startedAt: '2026-01-01T00:00:00.000Z', attempts: [attempt] });
      },
    }) as unknown as EngineCluster;
    const place = { phase: 'before', attempt: 1, round: 0 } as const;
    const signal = AbortSignal.timeout(5000);
    const dnsAddress = '10.96.0.10';
    const samples = await probePair({ spec, pair, dnsAddress, measuring, place, cluster, signal });
    return { orders, samples };
  };

  it('asks for a fresh name where a miss is measured, and counts its absence as an answer', async () => {
    const spec = { type: 'dns', name: 'example.com.', lookup: 'miss' } as const;

    const { orders, samples } = await probed(spec, { dueMilliseconds: 0, milliseconds: 3 });

    expect(orders).toMatchObject([{ probe: { type: 'dns', fresh: true, absentIsAnswer: true } }]);
    expect(samples).toMatchObject([
      { probe: 'dns-miss.example.com.', unit: 'milliseconds', value: 3 },
    ]);
  });

  it('takes the number of questions for the value of what a name costs', async () => {
    const spec = { type: 'dns-cost', name: 'example.com' } as const;

    const { samples } = await probed(spec, { dueMilliseconds: 0, milliseconds: 3, queries: 8 });

    expect(samples).toMatchObject([{ probe: 'dns-cost.example.com', unit: 'count', value: 8 }]);
  });
});
