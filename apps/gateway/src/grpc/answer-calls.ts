import { once } from 'node:events';
import {
  Metadata,
  status,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { operations, tellError, type Operation } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import { newId } from '@fairlead/store';
import type { Calls, CallOptions } from '../call/calls.js';
import type { Logger } from '../log.js';
import { statusOf } from './status-details.js';

export interface GrpcParts {
  readonly calls: Calls;
  readonly log: Logger;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
  /** How long a stream waits for a reader before it is cut off. */
  readonly slowReaderMilliseconds: number;
}

type Unary = ServerUnaryCall<JsonObject, JsonObject>;
type Streaming = ServerWritableStream<JsonObject, JsonObject>;

/** Handlers of one service, by method name. */
export function implementationOf(
  service: string,
  parts: GrpcParts,
): Record<string, UntypedHandleCall> {
  const own = (Object.values(operations) as readonly Operation[]).filter(
    ({ grpc }) => grpc.service === service,
  );
  return Object.fromEntries(
    own.map((operation) => [
      operation.grpc.method,
      operation.kind === 'watch' || operation.kind === 'download'
        ? (call: Streaming) => void stream(operation, call, parts)
        : (call: Unary, callback: sendUnaryData<JsonObject>) =>
            void unary(operation, call, callback, parts),
    ]),
  );
}

async function unary(
  operation: Operation,
  call: Unary,
  callback: sendUnaryData<JsonObject>,
  parts: GrpcParts,
): Promise<void> {
  try {
    const options = await optionsOf(call, parts);
    const { response, replayed } = await parts.calls.answer(operation, call.request, options);
    const metadata = new Metadata();
    if (replayed) metadata.set('idempotency-replayed', 'true');
    call.sendMetadata(metadata);
    callback(null, response);
  } catch (error) {
    callback(failure(error, operation, parts));
  }
}

async function stream(operation: Operation, call: Streaming, parts: GrpcParts): Promise<void> {
  try {
    const options = await optionsOf(call, parts);
    const items = await parts.calls.open(operation, call.request, options);
    // Tells the caller that the stream stands, however long the first event takes.
    call.sendMetadata(new Metadata());
    for await (const item of items) {
      if (call.write(item)) continue;
      const tooSlow = AbortSignal.timeout(parts.slowReaderMilliseconds);
      await once(call, 'drain', { signal: AbortSignal.any([options.signal, tooSlow]) });
    }
    if (parts.stopping.aborted) throw stopped;
    call.end();
  } catch (error) {
    call.emit('error', isAbort(error) ? stopped : failure(error, operation, parts));
  }
}

const stopped = Object.assign(
  new Error('The stream was cut off: resume it after the last event.'),
  {
    code: status.UNAVAILABLE,
    details: 'The stream was cut off: resume it after the last event.',
  },
);

function isAbort(error: unknown): boolean {
  return error === stopped || (error instanceof Error && error.name === 'AbortError');
}

async function optionsOf(
  call: Unary | Streaming,
  { calls, stopping }: GrpcParts,
): Promise<CallOptions> {
  const text = (name: string) => {
    const [value] = call.metadata.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const gone = new AbortController();
  call.on('cancelled', () => gone.abort());
  return {
    actor: await calls.authenticate(text('authorization')),
    idempotencyKey: text('idempotency-key'),
    ifMatch: text('if-match'),
    signal: AbortSignal.any([gone.signal, stopping]),
  };
}

function failure(error: unknown, operation: Operation, { log }: GrpcParts) {
  const instance = `urn:uuid:${newId()}`;
  const told = tellError(error, instance);
  if (told.problem.status === 500) {
    log.error(
      { err: error, operation: operation.id, instance },
      'A call failed for a reason of our own',
    );
  }
  return statusOf(told);
}
