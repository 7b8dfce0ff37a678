import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { membersAt, type Operation } from '@fairlead/contract';
import type { Violation } from '@fairlead/core';
import { invalidRequest } from '../call/parse-input.js';

/**
 * The members of a request from where the contract places them. What stands in the wrong place is
 * refused, so that nobody believes to have sent what was never read.
 */
export function readRequest(
  operation: Operation,
  request: FastifyRequest,
): Record<string, unknown> {
  const query = request.query as Record<string, unknown>;
  const body = bodyOf(request.body);
  const violations = [
    ...strangers(operation, 'query', query),
    ...strangers(operation, 'body', body),
  ];
  if (violations.length > 0) throw invalidRequest(violations);

  const fromQuery: [string, unknown][] = Object.entries(query).map(([name, value]) => [
    name,
    typed(operation.request.shape[name] as z.ZodType, value),
  ]);
  return { ...body, ...Object.fromEntries(fromQuery), ...(request.params as object) };
}

function bodyOf(body: unknown): Record<string, unknown> {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Record<string, unknown>;
  }
  throw invalidRequest([
    { path: '', code: 'invalid-type', message: 'The body must be a JSON object.' },
  ]);
}

function strangers(
  operation: Operation,
  place: 'query' | 'body',
  given: Record<string, unknown>,
): readonly Violation[] {
  const known = membersAt(operation, place);
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      path: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      code: 'unknown-member',
      message: `The ${place} has no such member.`,
    }));
}

/** Text of the query as the JSON type that the schema expects; what does not fit stays text, and is refused. */
function typed(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return Array.isArray(value) ? value : [value];
  if (typeof value !== 'string') return value;
  if (inner instanceof z.ZodNumber && /^-?\d{1,16}$/.test(value)) return Number(value);
  if (inner instanceof z.ZodBoolean && (value === 'true' || value === 'false'))
    return value === 'true';
  return value;
}

function unwrapped(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}
