import { once } from 'node:events';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { operations, type OperationId } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import { codecOf, loadProtos } from './protos.js';
import { readStatus, type ReadStatus } from './status-details.js';

/** A call that failed, with all that the gateway told. */
export class GrpcCallFailed extends Error {
  readonly status: ReadStatus;

  constructor(status: ReadStatus, cause: unknown) {
    super(`${status.code ?? status.grpcStatus}: ${status.detail}`, { cause });
    this.name = 'GrpcCallFailed';
    this.status = status;
  }
}

export interface GrpcOptions {
  /** API key; undefined calls without one. */
  readonly key?: string | undefined;
  readonly idempotencyKey?: string;
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

export interface GrpcClient {
  /** Throws GrpcCallFailed. */
  call(id: OperationId, request: JsonObject, options: GrpcOptions): Promise<JsonObject>;
  /** Throws GrpcCallFailed, also in the middle. Ends when the signal aborts. */
  stream(id: OperationId, request: JsonObject, options: GrpcOptions): AsyncGenerator<JsonObject>;
  close(): void;
}

/** A client of every operation of the contract, by its id, for tests and tools. `address` is `host:port`. */
export function openGrpcClient(address: string): GrpcClient {
  const client = new Client(address, credentials.createInsecure());
  const root = loadProtos();

  return {
    call(id, request, options) {
      const { path, request: asks, response } = codecOf(root, operations[id]);
      return new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          asks.encode,
          response.decode,
          request,
          metadataOf(options),
          {},
          (error, answer) => (error ? reject(failed(error)) : resolve(answer ?? {})),
        );
      });
    },
    async *stream(id, request, options) {
      const { path, request: asks, response } = codecOf(root, operations[id]);
      const stream = client.makeServerStreamRequest(
        path,
        asks.encode,
        response.decode,
        request,
        metadataOf(options),
        {},
      );
      const cancel = () => stream.cancel();
      options.signal?.addEventListener('abort', cancel);
      try {
        await once(stream, 'metadata');
        for await (const item of stream) yield item as JsonObject;
      } catch (error) {
        if (options.signal?.aborted === true) return;
        throw failed(error as ServiceError);
      } finally {
        options.signal?.removeEventListener('abort', cancel);
        stream.cancel();
      }
    },
    close: () => client.close(),
  };
}

function failed(error: ServiceError): GrpcCallFailed {
  return new GrpcCallFailed(readStatus(error), error);
}

function metadataOf({ key, idempotencyKey, ifMatch }: GrpcOptions): Metadata {
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  if (idempotencyKey !== undefined) metadata.set('idempotency-key', idempotencyKey);
  if (ifMatch !== undefined) metadata.set('if-match', ifMatch);
  return metadata;
}
