import { describe, expect, it } from 'vitest';
import { largestThatArrives, type SizeOutcome } from './search.js';

/** A path that carries `limit` bytes, and what becomes of larger packets. */
function aPath(limit: number, otherwise: SizeOutcome) {
  const tried: number[] = [];
  const attempt = (bytes: number) => {
    tried.push(bytes);
    return Promise.resolve<SizeOutcome>(bytes <= limit ? 'arrives' : otherwise);
  };
  return { tried, attempt };
}

const sizes = { least: 576, largest: 1500, top: 'interface' } as const;

describe('largestThatArrives', () => {
  it('sends one packet on a path that carries what the link takes', async () => {
    const path = aPath(1500, 'silence');

    const found = await largestThatArrives(sizes, path.attempt);

    expect(found).toEqual({ passesBytes: 1500, stoppedBy: 'interface' });
    expect(path.tried).toEqual([1500]);
  });

  it.each([576, 577, 1399, 1450, 1499])('finds a limit of %d bytes to the byte', async (limit) => {
    const path = aPath(limit, 'silence');

    const found = await largestThatArrives(sizes, path.attempt);

    expect(found).toEqual({ passesBytes: limit, stoppedBy: 'silence' });
    expect(path.tried.length).toBeLessThanOrEqual(12);
  });

  it('tells a path that says what it does not carry from one that swallows it', async () => {
    const saying = await largestThatArrives(sizes, aPath(1400, 'too-big').attempt);

    expect(saying).toEqual({ passesBytes: 1400, stoppedBy: 'too-big' });
  });

  it('takes a router that does not say it every time for one that says it', async () => {
    let asked = 0;
    const found = await largestThatArrives(sizes, (bytes) => {
      if (bytes <= 1400) return Promise.resolve('arrives');
      return Promise.resolve((asked += 1) === 1 ? 'too-big' : 'silence');
    });

    expect(found.stoppedBy).toBe('too-big');
  });

  it('claims nothing where not even the smallest packet arrives', async () => {
    const path = aPath(0, 'silence');

    const found = await largestThatArrives(sizes, path.attempt);

    expect(found).toEqual({ passesBytes: null, stoppedBy: 'no-answer' });
  });
});
