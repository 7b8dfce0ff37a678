import { DomainError, type Violation } from '@fairlead/core';
import { problemCatalogue } from './catalogue.js';
import { reactions, statusByCode } from './reactions.js';

/** Codes end these URLs; each gateway serves the page itself below /problems/. */
export const problemTypeBase = 'https://fairlead.dev/problems/';
export const problemDomain = 'fairlead.dev';
export const problemContentType = 'application/problem+json';

/** RFC 9457. `instance` names this one occurrence, for whoever reads the logs. */
export interface ProblemDocument {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly remedy?: string;
  readonly violations?: readonly Violation[];
  readonly instance?: string;
}

/** What both transports say of an error. */
export interface ToldError {
  readonly problem: ProblemDocument;
  /** Number of the gRPC status. */
  readonly grpcStatus: number;
  readonly retryAfterSeconds?: number;
}

/**
 * The one translation from errors to what callers see. Anything that is not a DomainError, and every
 * error of kind `internal`, loses its message: it may hold what is nobody's business.
 */
export function tellError(error: unknown, instance?: string): ToldError {
  const ours = error instanceof DomainError && error.kind !== 'internal' ? error : null;
  const code = ours?.code ?? 'internal';
  const reaction = reactions[ours?.kind ?? 'internal'];
  const entry = problemCatalogue[code];
  const remedy = ours?.remedy ?? entry?.remedy;
  return {
    problem: {
      type: `${problemTypeBase}${code}`,
      code,
      title: entry?.title ?? reaction.title,
      status: statusByCode[code] ?? reaction.status,
      detail: ours?.message ?? reaction.title,
      ...(remedy !== undefined && { remedy }),
      ...(ours !== null && ours.violations.length > 0 && { violations: ours.violations }),
      ...(instance !== undefined && { instance }),
    },
    grpcStatus: reaction.grpc,
    ...retryAfter(ours, reaction.status),
  };
}

function retryAfter(error: DomainError | null, status: number): { retryAfterSeconds?: number } {
  if (error?.retryAfterSeconds !== undefined) return { retryAfterSeconds: error.retryAfterSeconds };
  return status === 429 || status === 503 ? { retryAfterSeconds: 5 } : {};
}

/** Statuses over HTTP that a code of the catalogue leads to. */
export function statusOfCode(code: string): number {
  const entry = problemCatalogue[code];
  if (entry === undefined) throw new TypeError(`The catalogue has no ${code}`);
  return statusByCode[code] ?? reactions[entry.kind].status;
}
