import type { Change, ChangeOf } from '../../change.js';
import { DomainError } from '../../errors.js';
import type { Difference, UndoConflictChoice } from '../../job.js';
import type { PreImageOf, WrittenOf } from '../journal.js';
import type { Checkpoint, Clock, EngineCluster } from '../ports.js';

/** What an executor works with. */
export interface ChangeContext {
  readonly cluster: EngineCluster;
  readonly clock: Clock;
  readonly jobId: string;
  readonly signal: AbortSignal;
  /** Whether somebody wants the job to end; for changes that take long and may stop between two of their steps. */
  readonly isCancelled?: () => Promise<boolean>;
  /** For tests that end the process in the middle of a change. */
  readonly checkpoint?: Checkpoint;
  /** Something that a person should know of an undo that came about all the same, one sentence. */
  readonly note?: (sentence: string) => void;
}

/**
 * How one kind of change is carried out. `write` and `undo` may be called again after a crash: they
 * look first, and do only what is still to be done.
 */
export interface ChangeExecutor<K extends Change['kind']> {
  /** Reads what is there. Throws PlanStale when it is no longer what the plan was made from. */
  capture(change: ChangeOf<K>, context: ChangeContext): Promise<PreImageOf<K>>;
  write(change: ChangeOf<K>, before: PreImageOf<K>, context: ChangeContext): Promise<WrittenOf<K>>;
  /** Null when the cluster shows the change in effect; otherwise one sentence on what it shows. */
  verify(
    change: ChangeOf<K>,
    written: WrittenOf<K>,
    context: ChangeContext,
  ): Promise<string | null>;
  /** Places where the cluster holds neither the original nor what we wrote. Reads only. */
  conflicts(
    change: ChangeOf<K>,
    before: PreImageOf<K>,
    written: WrittenOf<K> | null,
    context: ChangeContext,
  ): Promise<readonly Difference[]>;
  /**
   * What an undo has to know and could not see any more once it began; stored in place of `written` before the undo's
   * first write, and given to every later try of it.
   */
  prepareUndo?(
    change: ChangeOf<K>,
    before: PreImageOf<K>,
    written: WrittenOf<K> | null,
    context: ChangeContext,
  ): Promise<WrittenOf<K> | null>;
  /** Takes back what is still ours; `choice` decides about the conflicts. */
  undo(
    change: ChangeOf<K>,
    before: PreImageOf<K>,
    written: WrittenOf<K> | null,
    choice: UndoConflictChoice,
    context: ChangeContext,
  ): Promise<void>;
}

/** A change stopped between two of its steps, since its job was cancelled. */
export class ChangeCancelled extends Error {}

/** The cluster is no longer as the plan saw it: planning again is the way on. */
export class PlanStale extends DomainError {
  constructor(message: string) {
    super('conflict', 'plan-stale', message, {
      remedy: 'Create a new job: it plans from what is there now.',
    });
  }
}

/** A write met a value that is neither the original nor ours. */
export class ChangedMeanwhile extends DomainError {
  constructor(message: string) {
    super('conflict', 'changed-meanwhile', message, {
      remedy: 'Find out who else writes this before trying again.',
    });
  }
}

/** A restart or a condition did not come true in its time. */
export class DeadlinePassed extends DomainError {
  constructor(message: string) {
    super('precondition', 'deadline-passed', message);
  }
}

/** What was undone is not back. */
export class UndoFailed extends DomainError {
  constructor(message: string) {
    super('precondition', 'undo-failed', message, {
      remedy: 'Compare the journal of the job with the cluster and put the rest back by hand.',
    });
  }
}
