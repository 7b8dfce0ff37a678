import { DomainError, type ErrorKind } from '@fairlead/core';

export type Reaction = 'back-off' | 'never';

/** What the queue does with a failed ring, by the kind of its error. */
const reactions: Readonly<Record<ErrorKind, Reaction>> = {
  invalid: 'never',
  unacceptable: 'never',
  unauthenticated: 'never',
  forbidden: 'never',
  'not-found': 'never',
  conflict: 'never',
  precondition: 'never',
  gone: 'never',
  exhausted: 'back-off',
  unavailable: 'back-off',
  internal: 'back-off',
};

/** An error that is not ours may be anything, so it is treated as `internal`. */
export function reactionTo(error: unknown): Reaction {
  return error instanceof DomainError ? reactions[error.kind] : 'back-off';
}

export interface RetryPolicy {
  /** Runs in all, the first one included. */
  readonly attempts: number;
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 10,
  firstMilliseconds: 1_000,
  longestMilliseconds: 60_000,
};

/**
 * How long to wait before the next run: doubling, capped, and with half of it left to chance, so
 * that a thousand clusters lost at once do not come back at once.
 *
 * @param attempt  runs that failed so far, from 1
 * @param random   0 up to but not including 1
 * @returns        milliseconds, never less than what the error itself asked for
 */
export function backoffMilliseconds(
  attempt: number,
  policy: RetryPolicy,
  random: number,
  error?: unknown,
): number {
  const whole = Math.min(policy.longestMilliseconds, policy.firstMilliseconds * 2 ** (attempt - 1));
  const asked = error instanceof DomainError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  return Math.round(Math.max(asked, whole / 2 + (whole / 2) * random));
}
