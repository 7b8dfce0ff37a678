import type { AdvancedOptions, BulkJobOptions } from 'bullmq';

/** What a queue job holds: the subject's id. */
export interface RingData {
  readonly id: string;
}

/** The part of BullMQ's job that a handler's run needs. */
export interface BellJob {
  readonly data: RingData;
  readonly attemptsMade: number;
  readonly opts: { readonly attempts?: number };
  moveToWait(token?: string): Promise<unknown>;
}

/** The part of BullMQ's queue that ringing needs, the same whatever it stands on. */
export interface BellQueue {
  addBulk(jobs: { name: string; data: RingData; opts: BulkJobOptions }[]): Promise<unknown>;
  getJobCounts(...types: ('waiting' | 'active' | 'delayed')[]): Promise<Record<string, number>>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): Promise<void>;
}

export interface BellWorker {
  isRunning(): boolean;
  waitUntilReady(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Waits for handlers that run. */
  close(): Promise<void>;
  /** Does not wait. */
  disconnect(): Promise<void>;
}

export type BellProcessor = (job: BellJob, token?: string, signal?: AbortSignal) => Promise<void>;

export interface BellWorkerOptions {
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  readonly maxStalledCount: number;
  readonly runRetryDelay: number;
  readonly settings: AdvancedOptions;
}

/** A database that BullMQ keeps its jobs in. */
export interface QueueBackend {
  queue(name: string): BellQueue;
  worker(name: string, process: BellProcessor, options: BellWorkerOptions): BellWorker;
  /** After every queue and worker of it was closed. */
  close(): Promise<void>;
}
