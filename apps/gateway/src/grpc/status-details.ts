import protobuf from 'protobufjs';
import { Metadata, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { problemDomain, type ToldError } from '@fairlead/contract';
import type { Violation } from '@fairlead/core';

/** The three messages of google.rpc that we speak: their files are no part of protobufjs. */
const messages = {
  nested: {
    google: {
      nested: {
        rpc: {
          nested: {
            Status: {
              fields: {
                code: { type: 'int32', id: 1 },
                message: { type: 'string', id: 2 },
                details: { rule: 'repeated', type: 'Any', id: 3 },
              },
            },
            Any: {
              fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } },
            },
            ErrorInfo: {
              fields: {
                reason: { type: 'string', id: 1 },
                domain: { type: 'string', id: 2 },
                metadata: { keyType: 'string', type: 'string', id: 3 },
              },
            },
            BadRequest: {
              fields: { fieldViolations: { rule: 'repeated', type: 'FieldViolation', id: 1 } },
              nested: {
                FieldViolation: {
                  fields: {
                    field: { type: 'string', id: 1 },
                    description: { type: 'string', id: 2 },
                    reason: { type: 'string', id: 3 },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
const rpc = protobuf.Root.fromJSON(messages);
const Status = rpc.lookupType('google.rpc.Status');
const details = {
  ErrorInfo: rpc.lookupType('google.rpc.ErrorInfo'),
  BadRequest: rpc.lookupType('google.rpc.BadRequest'),
};
const typeUrlBase = 'type.googleapis.com/google.rpc.';
export const detailsKey = 'grpc-status-details-bin';

function pack(name: keyof typeof details, plain: object) {
  return { typeUrl: typeUrlBase + name, value: details[name].encode(plain).finish() };
}

/** An error as a gRPC status, with the same code, remedy and violations that REST tells. */
export function statusOf({ problem, grpcStatus, retryAfterSeconds }: ToldError): StatusObject {
  const { code, detail, remedy, violations = [], instance, title } = problem;
  const info = {
    reason: code,
    domain: problemDomain,
    metadata: {
      type: problem.type,
      title,
      ...(remedy !== undefined && { remedy }),
      ...(instance !== undefined && { instance }),
    },
  };
  const fieldViolations = violations.map(({ path, code: reason, message }) => ({
    field: path,
    description: message,
    reason,
  }));
  const packed = Status.encode({
    code: grpcStatus,
    message: detail,
    details: [
      pack('ErrorInfo', info),
      ...(fieldViolations.length > 0 ? [pack('BadRequest', { fieldViolations })] : []),
    ],
  }).finish();

  const metadata = new Metadata();
  metadata.set(detailsKey, Buffer.from(packed));
  if (retryAfterSeconds !== undefined) metadata.set('retry-after', String(retryAfterSeconds));
  return { code: grpcStatus, details: detail, metadata };
}

/** What a client reads out of a failed call. */
export interface ReadStatus {
  readonly grpcStatus: number;
  readonly code: string | undefined;
  readonly detail: string;
  readonly domain: string | undefined;
  readonly remedy: string | undefined;
  readonly violations: readonly Violation[];
}

/** The way back of `statusOf`. */
export function readStatus(error: ServiceError): ReadStatus {
  const [packed] = error.metadata?.get(detailsKey) ?? [];
  const unpacked =
    packed instanceof Buffer
      ? (Status.decode(packed) as unknown as { details: { typeUrl: string; value: Uint8Array }[] })
          .details
      : [];
  const find = (name: keyof typeof details) => {
    const found = unpacked.find(({ typeUrl }) => typeUrl === typeUrlBase + name);
    return found && (details[name].decode(found.value) as unknown);
  };
  const info = find('ErrorInfo') as
    { reason: string; domain: string; metadata: Record<string, string> } | undefined;
  const bad = find('BadRequest') as
    { fieldViolations: { field: string; description: string; reason: string }[] } | undefined;
  return {
    grpcStatus: error.code,
    code: info?.reason,
    detail: error.details,
    domain: info?.domain,
    remedy: info?.metadata['remedy'],
    violations: (bad?.fieldViolations ?? []).map(({ field, description, reason }) => ({
      path: field,
      code: reason,
      message: description,
    })),
  };
}
