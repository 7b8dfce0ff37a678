import type { ErrorKind } from '@fairlead/core';

/** What callers see of each kind of error: the only table from kinds to statuses. */
export const reactions = {
  invalid: { status: 400, grpc: 3, title: 'The request is not valid' },
  unacceptable: { status: 422, grpc: 3, title: 'The request cannot be accepted' },
  unauthenticated: { status: 401, grpc: 16, title: 'Not authenticated' },
  forbidden: { status: 403, grpc: 7, title: 'Not allowed' },
  'not-found': { status: 404, grpc: 5, title: 'Not found' },
  conflict: { status: 409, grpc: 10, title: 'Conflict' },
  precondition: { status: 412, grpc: 9, title: 'Precondition failed' },
  gone: { status: 410, grpc: 11, title: 'Gone' },
  exhausted: { status: 429, grpc: 8, title: 'Too much at once' },
  unavailable: { status: 503, grpc: 14, title: 'Not available now' },
  internal: { status: 500, grpc: 13, title: 'Something went wrong on our side' },
} as const satisfies Record<ErrorKind, { status: number; grpc: number; title: string }>;

/** Codes whose HTTP status says more than their kind's; their gRPC status stays the kind's. */
export const statusByCode: Readonly<Record<string, number>> = {
  'method-not-allowed': 405,
  'payload-too-large': 413,
  'unsupported-media-type': 415,
  'if-match-required': 428,
  'headers-too-large': 431,
};
