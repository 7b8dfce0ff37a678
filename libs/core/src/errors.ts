/** What the kind of an error means to whoever called; the only thing that decides a reaction. */
export type ErrorKind =
  | 'invalid'
  | 'unacceptable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition'
  | 'gone'
  | 'exhausted'
  | 'unavailable'
  | 'internal';

/** One thing wrong with one place of a request. `path` is a JSON Pointer into it. */
export interface Violation {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface ErrorDetails {
  /** What the user can do about it, one sentence. */
  readonly remedy?: string;
  readonly violations?: readonly Violation[];
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error of ours: `code` is part of the public API and never reworded. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly remedy: string | undefined;
  readonly violations: readonly Violation[];
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = new.target.name;
    this.kind = kind;
    this.code = code;
    this.remedy = details.remedy;
    this.violations = details.violations ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The request's own content is wrong; sending it again will not help. */
export class InvalidRequest extends DomainError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super('invalid', code, message, details);
  }
}

/** Well-formed, but it asks for something that cannot be accepted. */
export class Unacceptable extends DomainError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super('unacceptable', code, message, details);
  }
}

export class Unauthenticated extends DomainError {
  constructor() {
    super('unauthenticated', 'unauthenticated', 'This call needs a valid API key.', {
      remedy: 'Send it as "Authorization: Bearer <key>".',
    });
  }
}

export class Forbidden extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('forbidden', 'forbidden', message, details);
  }
}

export class NotFound extends DomainError {
  constructor(what: string, id: string) {
    super('not-found', `${what}-not-found`, `There is no ${what} ${id}.`, {
      remedy: `List the ${what}s to see which exist.`,
    });
  }
}

export class Conflict extends DomainError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super('conflict', code, message, details);
  }
}

/** The caller's picture of the thing is out of date, or it is not in a state that allows the call. */
export class PreconditionFailed extends DomainError {
  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super('precondition', code, message, details);
  }
}

/** The cluster's API server could not be reached; the same call may succeed later. */
export class ClusterUnreachable extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('unavailable', 'cluster-unreachable', message, { retryAfterSeconds: 10, ...details });
  }
}

/** The cluster refused our credentials, or they do not allow the call. */
export class ClusterForbidden extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('precondition', 'cluster-forbidden', message, {
      remedy: 'Apply deploy/rbac/fairlead.yaml to the cluster and register a token of its account.',
      ...details,
    });
  }
}

/** The address of a cluster is one that the operator's policy does not allow. */
export class AddressRefused extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('precondition', 'address-refused', message, details);
  }
}

/** This is not the cluster that was registered: its kube-system UID or its CA differs. */
export class WrongCluster extends DomainError {
  constructor(message: string) {
    super('precondition', 'wrong-cluster', message, {
      remedy: 'Remove the cluster and register it anew if it was rebuilt on purpose.',
    });
  }
}

/** Somebody else wrote the object between our read and our write. */
export class ObjectChanged extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('conflict', 'object-changed', message, details);
  }
}

/** Another worker holds the cluster now: whoever sees this must stop writing at once. */
export class LeaseLost extends DomainError {
  constructor(message: string) {
    super('conflict', 'lease-lost', message);
  }
}

/** Our own database could not be reached, or gave up a transaction; the same call may succeed later. */
export class DatabaseUnavailable extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('unavailable', 'database-unavailable', message, { retryAfterSeconds: 2, ...details });
  }
}

/** An agent, or the way to it, ended or did not answer in time. */
export class AgentLost extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('unavailable', 'agent-lost', message, { retryAfterSeconds: 5, ...details });
  }
}

export class Internal extends DomainError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('internal', 'internal', message, details);
  }
}
