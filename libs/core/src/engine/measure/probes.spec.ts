import { describe, expect, it } from 'vitest';
import type { ProbeEnd } from '../ports.js';
import { pairsOf } from './probes.js';

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
