import { Conflict, DomainError, Internal, type ErrorKind } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { backoffMilliseconds, reactionTo, type RetryPolicy } from './retry.js';

const policy: RetryPolicy = { attempts: 10, firstMilliseconds: 1_000, longestMilliseconds: 60_000 };

describe('reactionTo', () => {
  it.each<[ErrorKind, string]>([
    ['invalid', 'never'],
    ['unacceptable', 'never'],
    ['unauthenticated', 'never'],
    ['forbidden', 'never'],
    ['not-found', 'never'],
    ['conflict', 'never'],
    ['precondition', 'never'],
    ['gone', 'never'],
    ['exhausted', 'back-off'],
    ['unavailable', 'back-off'],
    ['internal', 'back-off'],
  ])('answers an error of kind %s with %s', (kind, reaction) => {
    expect(reactionTo(new DomainError(kind, 'code', 'Message.'))).toBe(reaction);
  });

  it.each([new TypeError('Oops'), 'a string', undefined])(
    'backs off after what is not ours',
    (thrown) => {
      expect(reactionTo(thrown)).toBe('back-off');
    },
  );

  it('knows a kind through its subclass', () => {
    expect([reactionTo(new Conflict('c', 'C.')), reactionTo(new Internal('I.'))]).toEqual([
      'never',
      'back-off',
    ]);
  });
});

describe('backoffMilliseconds', () => {
  it('doubles up to the longest wait', () => {
    const waits = [1, 2, 3, 6, 7, 8, 40].map((attempt) =>
      backoffMilliseconds(attempt, policy, 0.999_999),
    );

    expect(waits).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('leaves half of each wait to chance', () => {
    expect([0, 0.5, 0.999_999].map((random) => backoffMilliseconds(3, policy, random))).toEqual([
      2_000, 3_000, 4_000,
    ]);
  });

  it('never comes back before the time that the error asks for', () => {
    const error = new DomainError('exhausted', 'slow-down', 'Slow down.', {
      retryAfterSeconds: 10,
    });

    expect(backoffMilliseconds(1, policy, 0, error)).toBe(10_000);
    expect(backoffMilliseconds(7, policy, 0, error)).toBe(30_000);
  });
});
