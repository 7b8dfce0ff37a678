import type { z } from 'zod';
import { InvalidRequest, type Violation } from '@fairlead/core';

/** JSON Pointer (RFC 6901) of a path of member names and positions. */
export function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** What zod found wrong, one violation for each place. */
export function violationsOf(
  issues: readonly z.core.$ZodIssue[],
  below = '',
): readonly Violation[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: `${below}${pointer([...issue.path, key])}`,
        code: 'unknown-member',
        message: 'There is no such member.',
      }));
    }
    return [
      {
        path: `${below}${pointer(issue.path)}`,
        code: issue.code.replaceAll('_', '-'),
        message: issue.message,
      },
    ];
  });
}

export function invalidRequest(violations: readonly Violation[]): InvalidRequest {
  const [first] = violations;
  const count = violations.length === 1 ? '1 problem' : `${violations.length} problems`;
  return new InvalidRequest(
    'invalid-request',
    `The request has ${count}: ${first?.path ?? ''} ${first?.message ?? ''}`,
    { violations },
  );
}

const maxDepth = 32;
const maxViolations = 20;

/**
 * The request as its schema reads it.
 *
 * @throws InvalidRequest with a violation for each place that is wrong
 */
export function parseInput<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  refuseUnstorable(raw);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw invalidRequest(violationsOf(parsed.error.issues).slice(0, maxViolations));
}

/**
 * PostgreSQL stores neither U+0000 nor half a surrogate pair, and nesting without end would end the
 * stack of whoever walks it: both are refused once, here, for every operation.
 */
function refuseUnstorable(raw: unknown): void {
  const waiting: { value: unknown; path: readonly PropertyKey[] }[] = [{ value: raw, path: [] }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, path } = next;
    if (typeof value === 'string') refuseText(value, path);
    if (typeof value !== 'object' || value === null) continue;
    if (path.length >= maxDepth) {
      throw invalidRequest([
        {
          path: pointer(path.slice(0, 3)),
          code: 'too-deep',
          message: `Nested deeper than ${maxDepth}.`,
        },
      ]);
    }
    for (const [key, member] of Object.entries(value)) {
      refuseText(key, path);
      if (key === '__proto__') {
        throw invalidRequest([
          {
            path: pointer(path),
            code: 'unknown-member',
            message: 'A member must not be called __proto__.',
          },
        ]);
      }
      waiting.push({ value: member, path: [...path, key] });
    }
  }
}

function refuseText(text: string, path: readonly PropertyKey[]): void {
  if (!text.includes('\u0000') && text.isWellFormed()) return;
  throw invalidRequest([
    { path: pointer(path), code: 'bad-text', message: 'A text must be Unicode without U+0000.' },
  ]);
}
