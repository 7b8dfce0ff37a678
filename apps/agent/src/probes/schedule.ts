import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeAttempt } from '@fairlead/core';

export interface Pacing {
  readonly count: number;
  readonly intervalMilliseconds: number;
  readonly timeoutMilliseconds: number;
}

/** A probe's own failure, told as a code. */
export class AttemptFailed extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/**
 * Makes attempts on a schedule: the n-th is due n intervals after the start, whatever became of those before.
 * Latency counts from the moment an attempt was due, so one slow answer is not hidden by the attempts that it held up
 * (coordinated omission).
 */
export async function onSchedule(
  { count, intervalMilliseconds, timeoutMilliseconds }: Pacing,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<{ startedAt: string; attempts: ProbeAttempt[] }> {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  const attempts: ProbeAttempt[] = [];
  for (let at = 0; at < count; at += 1) {
    const dueMilliseconds = at * intervalMilliseconds;
    const wait = start + dueMilliseconds - performance.now();
    if (wait > 0) await sleep(wait);
    // A timer may fire late; that is the probe's own delay and not the network's.
    const due = wait > 0 ? performance.now() : start + dueMilliseconds;
    try {
      await withTimeout(timeoutMilliseconds, attempt);
      attempts.push({ dueMilliseconds, milliseconds: performance.now() - due });
    } catch (error) {
      attempts.push({ dueMilliseconds, error: codeOf(error) });
    }
  }
  return { startedAt, attempts };
}

async function withTimeout(
  milliseconds: number,
  attempt: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new AttemptFailed('timeout')), milliseconds);
  try {
    await attempt(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? new AttemptFailed('timeout') : error;
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'failed';
}
