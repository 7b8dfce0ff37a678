import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { AttemptFailed, onSchedule } from './schedule.js';

const pacing = { count: 5, intervalMilliseconds: 10, timeoutMilliseconds: 1000 };

describe('onSchedule', () => {
  it('makes no attempt before it is due', async () => {
    const start = performance.now();
    const begun: number[] = [];

    await onSchedule(pacing, async () => void begun.push(performance.now() - start));

    begun.forEach((at, index) => expect(at).toBeGreaterThanOrEqual(index * 10));
    expect(begun).toHaveLength(5);
  });

  it('shows one slow attempt in all that it held up', async () => {
    let first = true;

    const { attempts } = await onSchedule(pacing, async () => {
      if (first) await sleep(60);
      first = false;
    });

    const latencies = attempts.map(({ milliseconds = 0 }) => milliseconds);
    latencies.forEach((latency, index) => expect(latency).toBeGreaterThanOrEqual(58 - index * 10));
  });

  it('counts the timeout from when an attempt was due, so that a run has an end', async () => {
    const begun: number[] = [];
    const start = performance.now();

    const { attempts } = await onSchedule(
      { count: 20, intervalMilliseconds: 2, timeoutMilliseconds: 50 },
      async (signal) => {
        begun.push(performance.now());
        await sleep(10_000, undefined, { signal });
      },
    );

    expect(performance.now() - start).toBeLessThan(1000);
    expect(attempts.map(({ error }) => error)).toEqual(Array(20).fill('timeout'));
    expect(begun.length).toBeGreaterThanOrEqual(1);
  });

  it('tells a failure by its code', async () => {
    const { attempts } = await onSchedule({ ...pacing, count: 1 }, () =>
      Promise.reject(new AttemptFailed('NXDOMAIN')),
    );

    expect(attempts).toEqual([{ dueMilliseconds: 0, error: 'NXDOMAIN' }]);
  });

  it('has a word for a failure without a code', async () => {
    const { attempts } = await onSchedule({ ...pacing, count: 1 }, () =>
      Promise.reject(new Error('odd')),
    );

    expect(attempts).toEqual([{ dueMilliseconds: 0, error: 'failed' }]);
  });
});
