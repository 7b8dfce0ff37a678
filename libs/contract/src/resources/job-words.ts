import { z } from 'zod';
import { changeStates, jobStates } from '@fairlead/core';

export const JobState = z.enum(jobStates).meta({
  id: 'JobState',
  description: 'Ended: succeeded, reverted, unchanged, refused, failed, revert-failed, cancelled.',
});

export const ChangeState = z.enum(changeStates).meta({ id: 'ChangeState' });

export const UndoConflictChoice = z.enum(['stop', 'keep-theirs', 'overwrite']).meta({
  id: 'UndoConflictChoice',
  description:
    'Where somebody else changed what the job wrote: stop before anything is undone, leave their value and undo the rest, or write the original over it.',
});

const rounds = z.int().min(1).max(100).meta({ description: 'Rounds before, and as many after.' });
const attemptsPerRound = z.int().min(1).max(1000);
const intervalMilliseconds = z.int().min(1).max(5000);
const settleSeconds = z
  .int()
  .min(0)
  .max(3600)
  .meta({ description: 'Wait after the last change before measuring again.' });
const nodePairs = z
  .int()
  .min(1)
  .max(64)
  .meta({ description: 'Node pairs that are probed, at most.' });

/** Same bounds and defaults as the domain's own; a spec holds the two together. */
export const MeasuringRequest = z
  .strictObject({
    rounds: rounds.default(5),
    attemptsPerRound: attemptsPerRound.default(20),
    intervalMilliseconds: intervalMilliseconds.default(20),
    settleSeconds: settleSeconds.default(5),
    nodePairs: nodePairs.default(4),
  })
  .meta({
    id: 'MeasuringRequest',
    description: 'How to measure; what is absent takes its default.',
  });

export const Measuring = z
  .object({ rounds, attemptsPerRound, intervalMilliseconds, settleSeconds, nodePairs })
  .meta({ id: 'Measuring' });
