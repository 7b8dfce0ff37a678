import type { Operation } from '../operation.js';
import { membersAt } from '../operation.js';
import { problemCatalogue } from '../problems/catalogue.js';
import { problemContentType, statusOfCode } from '../problems/problem.js';
import type { JsonSchema } from './schemas.js';

/** Codes that an operation may answer with, its own and those that come with its kind. */
export function problemCodesOf(operation: Operation): readonly string[] {
  const codes = new Set([
    'invalid-request',
    'text-not-storable',
    'malformed-request',
    'headers-too-large',
    'unauthenticated',
    'method-not-allowed',
    'internal',
    'database-unavailable',
    ...operation.problems,
  ]);
  if (operation.role !== 'viewer') codes.add('forbidden');
  if (operation.kind === 'mutation') {
    codes.add('idempotency-key-invalid').add('idempotency-key-reused');
  }
  if (operation.ifMatch === true) codes.add('if-match-required').add('etag-mismatch');
  if (operation.rest.method !== 'GET') {
    codes.add('malformed-json').add('payload-too-large').add('unsupported-media-type');
  }
  if (membersAt(operation, 'path').length > 0) codes.add('path-not-found');
  return [...codes];
}

/** One OpenAPI response for each status, naming the codes behind it. */
export function problemResponses(operation: Operation): Record<string, JsonSchema> {
  const byStatus = Map.groupBy(problemCodesOf(operation), statusOfCode);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, codes]) => [String(status), problemResponse(status, codes)]),
  );
}

function problemResponse(status: number, codes: readonly string[]): JsonSchema {
  const lines = codes.toSorted().map((code) => `\`${code}\`: ${problemCatalogue[code]?.title}.`);
  return {
    description: lines.join('\n\n'),
    ...((status === 429 || status === 503) && {
      headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
    }),
    ...(status === 405 && { headers: { Allow: { schema: { type: 'string' } } } }),
    content: { [problemContentType]: { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
