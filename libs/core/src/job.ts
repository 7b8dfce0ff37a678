import { z } from 'zod';
import { AnyJson } from './json.js';

export const jobStates = [
  'queued',
  'observing',
  'planned',
  'awaiting-approval',
  'measuring-before',
  'applying',
  'verifying',
  'settling',
  'measuring-after',
  'judging',
  'reverting',
  'succeeded',
  'reverted',
  'unchanged',
  'refused',
  'failed',
  'revert-failed',
  'cancelled',
] as const;
export const JobState = z.enum(jobStates).meta({ id: 'JobState' });
export type JobState = z.infer<typeof JobState>;

/**
 * Every move that a job may make. `succeeded → reverting` is an undo that somebody asked for, and
 * `revert-failed → reverting` is the same after a person looked at what stopped it.
 */
const moves: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['observing', 'failed', 'cancelled'],
  observing: ['planned', 'refused', 'unchanged', 'failed', 'cancelled'],
  planned: ['awaiting-approval', 'measuring-before', 'failed', 'cancelled'],
  'awaiting-approval': ['measuring-before', 'observing', 'failed', 'cancelled'],
  'measuring-before': ['applying', 'failed', 'cancelled'],
  applying: ['verifying', 'reverting', 'failed', 'cancelled'],
  verifying: ['settling', 'reverting'],
  settling: ['measuring-after', 'reverting'],
  'measuring-after': ['judging', 'reverting'],
  judging: ['succeeded', 'reverting'],
  reverting: ['reverted', 'revert-failed', 'cancelled'],
  succeeded: ['reverting'],
  reverted: [],
  unchanged: [],
  refused: [],
  failed: [],
  'revert-failed': ['reverting'],
  cancelled: [],
};

export function mayMove(from: JobState, to: JobState): boolean {
  return moves[from].includes(to);
}

const ended: readonly JobState[] = [
  'succeeded',
  'reverted',
  'unchanged',
  'refused',
  'failed',
  'revert-failed',
  'cancelled',
];

/** Nothing more happens to the job by itself. */
export function hasEnded(state: JobState): boolean {
  return ended.includes(state);
}

const unwritten = [
  'queued',
  'observing',
  'planned',
  'awaiting-approval',
  'measuring-before',
] as const;
const written = ['applying', 'verifying', 'settling', 'measuring-after', 'judging'] as const;
export type WrittenState = (typeof written)[number];

/** The job is under way and has written nothing to its cluster. */
export function hasNotWritten(state: JobState): boolean {
  return (unwritten as readonly JobState[]).includes(state);
}

/** The job is under way and the cluster may hold something of it that an end would have to take back. */
export function mayHaveWritten(state: JobState): state is WrittenState {
  return (written as readonly JobState[]).includes(state);
}

export const UndoConflictChoice = z.enum(['stop', 'keep-theirs', 'overwrite']).meta({
  id: 'UndoConflictChoice',
  description:
    'What to do where somebody else changed what a job wrote: stop before anything is undone, leave their value and undo the rest, or write the original over it.',
});
export type UndoConflictChoice = z.infer<typeof UndoConflictChoice>;

/** Why a job goes back, and where it ends when it did. */
export const Reversal = z
  .strictObject({
    reason: z.enum([
      'undo-requested',
      'cancelled',
      'verification-failed',
      'apply-failed',
      'regressed',
      'measuring-failed',
    ]),
    message: z.string(),
    onConflict: UndoConflictChoice,
  })
  .meta({ id: 'Reversal' });
export type Reversal = z.infer<typeof Reversal>;

/** One place where the cluster holds neither what was there before nor what we wrote. */
export const Difference = z
  .strictObject({
    changeId: z.string(),
    /** `node lab-n1 net.core.somaxconn`, `ConfigMap kube-system/kube-proxy conntrack.min`. */
    where: z.string(),
    before: AnyJson.optional(),
    written: AnyJson.optional(),
    now: AnyJson.optional(),
  })
  .meta({ id: 'Difference' });
export type Difference = z.infer<typeof Difference>;

export const JobProblem = z
  .strictObject({
    code: z.string(),
    message: z.string(),
    remedy: z.string().optional(),
    differences: z.array(Difference).optional(),
  })
  .meta({ id: 'JobProblem' });
export type JobProblem = z.infer<typeof JobProblem>;

export const changeStates = [
  'pending',
  'intended',
  'applied',
  'verified',
  'undo-intended',
  'undone',
] as const;
export const ChangeState = z.enum(changeStates).meta({ id: 'ChangeState' });
export type ChangeState = z.infer<typeof ChangeState>;
