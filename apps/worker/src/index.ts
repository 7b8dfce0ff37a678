export { WorkerEnv } from './env.js';
export { openLog, type Log } from './log.js';
export type { RunningWorker } from './run-worker.js';
export { startWorker, type StartOptions } from './worker.js';
