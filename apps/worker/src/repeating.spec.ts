import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { repeat } from './repeating.js';

describe('repeat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at once, and again after each wait', async () => {
    let runs = 0;
    const repeating = repeat(async () => void (runs += 1), every(1_000));

    await vi.advanceTimersByTimeAsync(0);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(3_000);

    expect(runs).toBe(4);
    await repeating.stop();
  });

  it('runs soon when woken, and once for any number of wakes', async () => {
    let runs = 0;
    const repeating = repeat(async () => void (runs += 1), every(60_000));
    await vi.advanceTimersByTimeAsync(0);

    for (let wake = 0; wake < 5; wake += 1) repeating.wake();
    await vi.advanceTimersByTimeAsync(0);

    expect(runs).toBe(2);
    await repeating.stop();
  });

  it('runs once more after a run during which it was woken, and never two at once', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let begun = 0;
    const repeating = repeat(() => gates[begun++]?.promise ?? Promise.resolve(), every(60_000));
    await vi.advanceTimersByTimeAsync(0);

    repeating.wake();
    repeating.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toBe(1);
    gates[0]!.resolve();
    await vi.advanceTimersByTimeAsync(0);

    expect(begun).toBe(2);
    gates[1]!.resolve();
    await repeating.stop();
  });

  it('goes on after an error, but not faster than its pace', async () => {
    let runs = 0;
    const onError = vi.fn();
    const repeating = repeat(
      () => {
        runs += 1;
        repeating.wake();
        return Promise.reject(new Error('The database is away.'));
      },
      { milliseconds: () => 1_000, onError },
    );

    await vi.advanceTimersByTimeAsync(2_500);

    expect(runs).toBe(3);
    expect(onError.mock.calls.map(([, inRow]) => inRow as number)).toEqual([1, 2, 3]);
    await repeating.stop();
  });

  it('stops only after the run that it is in, and begins no other', async () => {
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    let stopped = false;
    const repeating = repeat(async () => {
      runs += 1;
      await gate.promise;
    }, every(10));
    await vi.advanceTimersByTimeAsync(0);

    const stopping = repeating.stop().then(() => (stopped = true));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    gate.resolve();
    await stopping;
    repeating.wake();
    await vi.advanceTimersByTimeAsync(1_000);

    expect(runs).toBe(1);
  });
});

function every(milliseconds: number) {
  return {
    milliseconds: () => milliseconds,
    onError: (error: unknown) => {
      throw error;
    },
  };
}
