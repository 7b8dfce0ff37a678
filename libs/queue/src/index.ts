export {
  type BellCounts,
  type DoorbellQueue,
  type HandlerRun,
  type Handlers,
  type Listener,
  type ListenOptions,
  type Outcome,
  type Ring,
} from './doorbell.js';
export {
  openQueue,
  QueueUnavailable,
  type OpenQueueOptions,
  type QueuePlace,
} from './open-queue.js';
export {
  backoffMilliseconds,
  defaultRetryPolicy,
  reactionTo,
  type Reaction,
  type RetryPolicy,
} from './retry.js';
