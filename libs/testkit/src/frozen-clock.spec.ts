import { describe, expect, it } from 'vitest';
import { frozenClock } from './frozen-clock.js';

const never = new AbortController().signal;

describe('frozenClock', () => {
  it('stands still until it is moved', () => {
    const clock = frozenClock(new Date('2026-01-01T00:00:00Z'));

    expect(clock.now()).toEqual(clock.now());
    clock.advance(1500);

    expect(clock.now()).toEqual(new Date('2026-01-01T00:00:01.500Z'));
  });

  it('wakes sleepers in the order of their times, once each has come', async () => {
    const clock = frozenClock();
    const woken: string[] = [];
    const sleeps = [
      clock.sleep(200, never).then(() => woken.push('late')),
      clock.sleep(100, never).then(() => woken.push('early')),
    ];

    clock.advance(99);
    await Promise.resolve();
    expect(woken).toEqual([]);
    clock.advance(101);
    await Promise.all(sleeps);

    expect(woken).toEqual(['early', 'late']);
  });

  it('lets a sleeper go when it is aborted', async () => {
    const clock = frozenClock();
    const abort = new AbortController();
    const sleep = clock.sleep(100, abort.signal);

    abort.abort(new Error('enough'));

    await expect(sleep).rejects.toThrow('enough');
    await expect(clock.sleep(100, abort.signal)).rejects.toThrow('enough');
  });
});
