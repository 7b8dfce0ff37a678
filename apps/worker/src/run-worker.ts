import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { tokens } from './tokens.js';
import { workerModule, type WorkerParts } from './worker.module.js';

export interface RunningWorker {
  /** Where `/healthz`, `/readyz` and `/metrics` are answered. */
  readonly healthPort: number;
  /** Ends the work first, then what it stands on; at most about 20 seconds. Safe to call twice. */
  close(): Promise<void>;
}

/** Runs a worker made from the given parts. Throws what kept it from starting. */
export async function runWorker(parts: WorkerParts): Promise<RunningWorker> {
  const context = await NestFactory.createApplicationContext(workerModule(parts), {
    logger: false,
    abortOnError: false,
  });

  let closing: Promise<void> | undefined;
  return {
    healthPort: context.get(tokens.life).healthPort ?? 0,
    close: () => (closing ??= context.close()),
  };
}
