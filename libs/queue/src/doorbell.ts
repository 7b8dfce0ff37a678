/** A doorbell rung for one subject. It says where to look and nothing else: the rows are the truth. */
export interface Ring<Bell extends string> {
  readonly bell: Bell;
  readonly subjectId: string;
}

/** One handler per doorbell. Its error's kind decides whether, and when, the bell rings again. */
export type Handlers<Bell extends string> = Readonly<
  Record<Bell, (subjectId: string, signal: AbortSignal) => Promise<void>>
>;

/** What became of one run of a handler. `handed-back`: this process is closing, another takes it. */
export type Outcome = 'done' | 'retried' | 'given-up' | 'handed-back';

export interface HandlerRun<Bell extends string> {
  readonly bell: Bell;
  readonly subjectId: string;
  readonly outcome: Outcome;
  readonly seconds: number;
  readonly error?: unknown;
}

export interface ListenOptions<Bell extends string> {
  /** Handlers of one bell that may run at once in this process. */
  readonly concurrency: Readonly<Record<Bell, number>>;
  /** Called after each run, for logs and metrics. Must not throw. */
  readonly onRun?: (run: HandlerRun<Bell>) => void;
}

export interface Listener {
  /**
   * Takes no more rings, aborts the signals of handlers that run and waits for them. A ring whose
   * handler throws meanwhile goes back to the queue at once. After `graceSeconds` what still runs
   * is abandoned: its lock expires and another process takes it.
   *
   * @returns how many handlers were abandoned
   */
  close(graceSeconds: number): Promise<number>;
}

export interface BellCounts {
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
}

export interface DoorbellQueue<Bell extends string> {
  /**
   * At-least-once. A subject that waits already is not added again; one that is being handled is
   * handled once more afterwards. With `overtake` a subject that waits out a failure's backoff is
   * handled at once: for somebody's new wish, not for a sweep.
   *
   * @throws QueueUnavailable (kind `unavailable`)
   */
  ring(rings: readonly Ring<Bell>[], options?: { readonly overtake?: boolean }): Promise<void>;
  /** Throws when a bell has no handler. */
  listen(handlers: Handlers<Bell>, options: ListenOptions<Bell>): Promise<Listener>;
  counts(): Promise<Readonly<Record<Bell, BellCounts>>>;
  /** Listeners are closed first, by their owner. */
  close(): Promise<void>;
}
