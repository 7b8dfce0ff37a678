import { DomainError, type EngineLog } from '@fairlead/core';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { WorkerEnv } from './env.js';

export type Log = Logger;

/**
 * JSON lines: a static sentence with fields. An error is written as its class, code and stack, and
 * never as the library that threw it would print itself: such objects carry requests with tokens.
 */
export function openLog(level: WorkerEnv['logLevel'], to?: DestinationStream): Log {
  const options = {
    level,
    base: { app: 'worker' },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: describeError },
  };
  return to === undefined ? pino(options) : pino(options, to);
}

/** What may be said of an error in a log. Causes are followed three deep. */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { name: 'NotAnError', type: typeof error };
  const code: unknown = Reflect.get(error, 'code');
  return {
    name: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(error instanceof DomainError ? { kind: error.kind } : {}),
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined || depth >= 3
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  };
}

export function engineLog(log: Log): EngineLog {
  return (level, message, fields) => log[level](fields, message);
}
