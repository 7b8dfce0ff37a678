import {
  ClusterForbidden,
  ClusterUnreachable,
  Conflict,
  DomainError,
  Internal,
  ObjectChanged,
  PreconditionFailed,
  Unacceptable,
} from '@fairlead/core';

/** What a call was about, in words of ours: `patch ConfigMap kube-system/kube-proxy`. */
export type Doing = string;

/** The parts of a Kubernetes Status that we act on. Its free text goes nowhere. */
export interface ApiStatus {
  readonly code: number;
  /** A word like `AlreadyExists`; empty when the server sent none. */
  readonly reason: string;
  readonly causes: readonly {
    readonly reason: string;
    readonly field: string;
    readonly message: string;
  }[];
  readonly retryAfterSeconds?: number;
}

type ToError = (status: ApiStatus, doing: Doing) => DomainError;

/** API status to error class. Codes from 500 on, and 408 and 429, are worth another try. */
const byCode: Readonly<Record<number, ToError>> = {
  400: (status, doing) =>
    new Internal(`The cluster called a request malformed (${say(status, doing)}).`),
  401: (_status, doing) =>
    new ClusterForbidden(`The cluster does not accept our credentials (${doing}).`),
  403: (_status, doing) => new ClusterForbidden(`The cluster does not allow us to ${doing}.`),
  404: (_status, doing) =>
    new PreconditionFailed('object-absent', `There is no such object any more (${doing}).`),
  405: (_status, doing) =>
    new Unacceptable('not-supported', `The cluster does not support this (${doing}).`),
  409: (status, doing) =>
    status.reason === 'AlreadyExists'
      ? new Conflict('object-exists', `The object exists already (${doing}).`)
      : new ObjectChanged(`Somebody else wrote the object meanwhile (${doing}).`),
  410: (_status, doing) =>
    new ClusterUnreachable(`The cluster no longer holds that version of its list (${doing}).`),
  413: (_status, doing) =>
    new Unacceptable('object-too-large', `The object is too large (${doing}).`),
  415: (_status, doing) =>
    new Unacceptable('not-supported', `The cluster does not support this (${doing}).`),
  422: (status, doing) =>
    new Unacceptable(
      'object-rejected',
      `The cluster does not accept the object (${say(status, doing)}).`,
    ),
};

export function errorOfStatus(status: ApiStatus, doing: Doing): DomainError {
  const known = byCode[status.code];
  if (known !== undefined) return known(status, doing);
  if (status.code >= 300 && status.code < 400) {
    return new PreconditionFailed(
      'redirect-refused',
      `The cluster answered with a redirect (${doing}).`,
      {
        remedy: "Register the API server's own address; redirects are never followed.",
      },
    );
  }
  return new ClusterUnreachable(`The cluster answered ${say(status, doing)}.`, {
    ...(status.retryAfterSeconds !== undefined && { retryAfterSeconds: status.retryAfterSeconds }),
  });
}

/** Failures below HTTP. What is ours already passes unchanged, an abort by the caller too. */
export function errorOfFailure(failure: unknown, doing: Doing): Error {
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    if (at instanceof DomainError) return at;
  }
  const code = codeOf(failure);
  if (isTlsRefusal(code)) {
    return new PreconditionFailed(
      'cluster-tls-refused',
      `The server's certificate was not accepted (${code}).`,
      {
        remedy: 'Register the cluster with the CA that signed its API server’s certificate.',
      },
    );
  }
  return new ClusterUnreachable(`The cluster could not be reached (${code}, ${doing}).`, {
    cause: failure,
  });
}

function isTlsRefusal(code: string): boolean {
  return /^(CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_CA)/.test(
    code,
  );
}

function codeOf(failure: unknown): string {
  for (let at: unknown = failure; at instanceof Error; at = at.cause) {
    const { code } = at as Error & { code?: unknown };
    if (typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code)) return code;
    if (at.name === 'TimeoutError') return 'ETIMEDOUT';
  }
  return 'unknown reason';
}

function say({ code, reason, causes }: ApiStatus, doing: Doing): string {
  const fields = causes
    .map(({ field }) => field)
    .filter((field) => /^[\w.[\]/-]{1,80}$/.test(field));
  const where = fields.length === 0 ? '' : ` at ${fields.slice(0, 3).join(', ')}`;
  return `${code}${reason === '' ? '' : ` ${reason}`}${where}, ${doing}`;
}

/** Reads a response body as a Status; a body that is none leaves only the code. */
export function parseStatus(code: number, body: string, retryAfter: unknown): ApiStatus {
  const seconds = Number(retryAfter);
  const hint =
    Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: Math.min(seconds, 600) } : {};
  try {
    const parsed = JSON.parse(body) as {
      kind?: unknown;
      reason?: unknown;
      details?: { causes?: { reason?: unknown; field?: unknown; message?: unknown }[] };
    };
    if (parsed.kind !== 'Status') return { code, reason: '', causes: [], ...hint };
    return {
      code,
      reason: word(parsed.reason),
      causes: (parsed.details?.causes ?? []).map((cause) => ({
        reason: word(cause.reason),
        field: text(cause.field),
        message: text(cause.message),
      })),
      ...hint,
    };
  } catch {
    return { code, reason: '', causes: [], ...hint };
  }
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z]{1,60}$/.test(value) ? value : '';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
