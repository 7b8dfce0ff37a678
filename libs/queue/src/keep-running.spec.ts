import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepRunning, type Runner } from './keep-running.js';

class FakeRunner implements Runner {
  running = true;
  closed = false;
  isRunning(): boolean {
    return this.running;
  }
  close(): Promise<void> {
    this.closed = true;
    return Promise.reject(new Error('Its connection is gone.'));
  }
}

describe('keepRunning', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('leaves a runner alone while it runs', () => {
    const { open, opened, replaced } = aFleet();
    const kept = keepRunning(open, 1_000, replaced);

    vi.advanceTimersByTime(10_000);

    expect(opened).toHaveLength(1);
    expect(kept.current()).toBe(opened[0]);
    kept.stop();
  });

  it('replaces a runner that stopped by itself, closes it, and says so', () => {
    const { open, opened, replaced } = aFleet();
    const kept = keepRunning(open, 1_000, replaced);
    opened[0]!.running = false;

    vi.advanceTimersByTime(3_000);

    expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
    expect(kept.current()).toBe(opened[1]);
    expect(replaced).toHaveBeenCalledTimes(1);
    kept.stop();
  });

  it('opens nothing once it was told to stop', () => {
    const { open, opened, replaced } = aFleet();
    keepRunning(open, 1_000, replaced).stop();
    opened[0]!.running = false;

    vi.advanceTimersByTime(10_000);

    expect(opened).toHaveLength(1);
  });
});

function aFleet() {
  const opened: FakeRunner[] = [];
  const open = () => {
    const runner = new FakeRunner();
    opened.push(runner);
    return runner;
  };
  return { open, opened, replaced: vi.fn() };
}
