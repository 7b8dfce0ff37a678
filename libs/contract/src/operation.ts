import type { z } from 'zod';
import type { Role } from '@fairlead/core';

export type Shape = z.ZodObject<z.ZodRawShape>;

export interface RestPlacement {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Members of the request in braces stand in the path: `/v1/jobs/{jobId}`. */
  readonly path: string;
  /** Members that stand in the query; all that stand in neither path nor query form the body. */
  readonly query?: readonly string[];
  readonly status: 200 | 201 | 202 | 204;
  /** Where a thing that was made can be read; braces are filled from the response's members. */
  readonly location?: string;
}

export interface Operation<Request extends Shape = Shape, Response extends Shape = Shape> {
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * `read` and `mutation` answer once. `watch` streams one response for each event, as Server-Sent
   * Events over REST. `download` streams text: over REST as it is, over gRPC in chunks.
   */
  readonly kind: 'read' | 'mutation' | 'watch' | 'download';
  /** The least role that may call it. */
  readonly role: Role;
  readonly rest: RestPlacement;
  readonly grpc: { readonly service: string; readonly method: string };
  readonly request: Request;
  readonly response: Response;
  /** Whether the caller must say which version it edits (If-Match, metadata `if-match`). */
  readonly ifMatch?: true;
  /** Content types of a download over REST; the first is the default. */
  readonly contentTypes?: readonly string[];
  /** Codes of problems beyond those that every operation may answer with. */
  readonly problems: readonly string[];
}

export type RequestOf<O extends Operation> = z.output<O['request']>;
/** What a handler returns; the response schema strips whatever else it holds. */
export type ResponseOf<O extends Operation> = z.input<O['response']>;

/** Keeps the exact types of one operation's schemas. */
export function defineOperation<const O extends Operation>(operation: O): O {
  return operation;
}

export type Place = 'path' | 'query' | 'body';

/** Names in braces of a path, in order. */
export function pathMembers(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/** Where a member of the request stands over REST. */
export function placeOf(operation: Pick<Operation, 'rest'>, member: string): Place {
  if (pathMembers(operation.rest.path).includes(member)) return 'path';
  if (operation.rest.query?.includes(member)) return 'query';
  return operation.rest.method === 'GET' || operation.rest.method === 'DELETE' ? 'query' : 'body';
}

/** Members of the request at one place, in the order of the schema. */
export function membersAt(operation: Operation, place: Place): readonly string[] {
  return Object.keys(operation.request.shape).filter((name) => placeOf(operation, name) === place);
}
