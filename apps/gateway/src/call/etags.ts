import { PreconditionFailed } from '@fairlead/core';

/**
 * Checks `If-Match` (RFC 9110, 13.1.1) against the version that is there: `"v1"`, a list of those,
 * or `*`. Quotes may be left out. Weak tags never match, as the RFC says.
 */
export function requireMatch(ifMatch: string | undefined, current: string): void {
  if (ifMatch === undefined) {
    throw new PreconditionFailed(
      'if-match-required',
      'This edit needs the version that it starts from, as If-Match.',
    );
  }
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.some((tag) => tag === '*' || tag === current || tag === `"${current}"`)) return;
  throw new PreconditionFailed(
    'etag-mismatch',
    `It is at ${current} now, which is not what you saw.`,
  );
}
