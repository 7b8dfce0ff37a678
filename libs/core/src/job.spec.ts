import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasEnded, jobStates, mayHaveWritten, mayMove, type JobState } from './job.js';

const anyState = fc.constantFrom(...jobStates);

describe('mayMove', () => {
  it('never leads from a state that may have written to one that leaves it standing unsaid', () => {
    fc.assert(
      fc.property(anyState, anyState, (from, to) => {
        if (!mayHaveWritten(from) || !mayMove(from, to)) return;

        expect(['unchanged', 'refused']).not.toContain(to);
      }),
    );
  });

  it('lets nothing move on by itself once it has ended, but for an undo', () => {
    const onward = jobStates
      .filter(hasEnded)
      .flatMap((from) =>
        jobStates.filter((to) => mayMove(from, to)).map((to) => `${from} → ${to}`),
      );

    expect(onward).toEqual(['succeeded → reverting', 'revert-failed → reverting']);
  });

  it('can reach an end from everywhere', () => {
    const reaches = (from: JobState, seen: readonly JobState[] = []): boolean =>
      hasEnded(from) ||
      jobStates.some(
        (to) => mayMove(from, to) && !seen.includes(to) && reaches(to, [...seen, from]),
      );

    expect(jobStates.filter((state) => !reaches(state))).toEqual([]);
  });
});
