import { describe, expect, it } from 'vitest';
import { remembered } from './remembered.js';

const { signal } = new AbortController();

function counted(results: readonly (string | Error)[]) {
  let reads = 0;
  let time = 0;
  const read = () => {
    const result = results[Math.min(reads, results.length - 1)];
    reads += 1;
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  };
  const pass = (milliseconds: number) => (time += milliseconds);
  return { nodes: remembered(read, 1000, () => time), reads: () => reads, pass };
}

describe('a remembered reading', () => {
  it('is shared by all who ask at the same moment', async () => {
    const { nodes, reads } = counted(['a']);

    expect(await Promise.all([nodes.get(signal), nodes.get(signal)])).toEqual(['a', 'a']);
    expect(reads()).toBe(1);
  });

  it('is read anew when it is old, and when it was forgotten', async () => {
    const { nodes, reads, pass } = counted(['a', 'b', 'c']);
    await nodes.get(signal);

    pass(1001);
    expect(await nodes.get(signal)).toBe('b');
    nodes.forget();
    expect(await nodes.get(signal)).toBe('c');
    expect(reads()).toBe(3);
  });

  it('is not kept when it failed', async () => {
    const { nodes } = counted([new Error('away'), 'b']);

    await expect(nodes.get(signal)).rejects.toThrow('away');
    expect(await nodes.get(signal)).toBe('b');
  });
});
