import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeAttempt } from '@fairlead/core';

export interface Pacing {
  readonly count: number;
  readonly intervalMilliseconds: number;
  readonly timeoutMilliseconds: number;
}

export interface ProbeRun {
  readonly startedAt: string;
  readonly attempts: ProbeAttempt[];
}

/** What an attempt counted beside its time. */
export type Counted = Required<Pick<ProbeAttempt, 'queries'>>;

/** A probe's own failure, told as a code. */
export class AttemptFailed extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** A timer fires up to a millisecond late or more: the last stretch before an attempt is waited out awake. */
const awakeMilliseconds = 2;

/**
 * Makes attempts on a schedule: the n-th is due n intervals after the start, whatever became of those before.
 * Latency and timeout count from the moment an attempt was due, so one slow answer is not hidden by the attempts that
 * it held up (coordinated omission), and a run lasts no longer than its schedule and one timeout.
 */
export async function onSchedule(
  { count, intervalMilliseconds, timeoutMilliseconds }: Pacing,
  attempt: (signal: AbortSignal) => Promise<void | Counted>,
): Promise<ProbeRun> {
  const startedAt = new Date().toISOString();
  const start = performance.now();
  const attempts: ProbeAttempt[] = [];
  for (let at = 0; at < count; at += 1) {
    const dueMilliseconds = at * intervalMilliseconds;
    const due = start + dueMilliseconds;
    await until(due);
    try {
      const counted = await withDeadline(due + timeoutMilliseconds, attempt);
      attempts.push({ dueMilliseconds, milliseconds: performance.now() - due, ...counted });
    } catch (error) {
      attempts.push({ dueMilliseconds, error: codeOf(error) });
    }
  }
  return { startedAt, attempts };
}

async function until(due: number): Promise<void> {
  const wait = due - performance.now() - awakeMilliseconds;
  if (wait > 0) await sleep(wait);
  await new Promise<void>((resolve) => {
    const look = () => {
      if (performance.now() >= due) resolve();
      else setImmediate(look);
    };
    look();
  });
}

async function withDeadline<T>(
  deadline: number,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const left = deadline - performance.now();
  if (left <= 0) throw new AttemptFailed('timeout');
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), left);
  try {
    return await attempt(controller.signal);
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
