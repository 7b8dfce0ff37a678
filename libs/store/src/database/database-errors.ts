import { DatabaseUnavailable, DomainError, Internal, InvalidRequest } from '@fairlead/core';
import pg from 'pg';
import { Prisma } from '../generated/client.js';

/** PostgreSQL's own word for what went wrong, wherever Prisma put it. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = driverCause(error);
  if (typeof cause?.['originalCode'] === 'string') return cause['originalCode'];
  if (typeof cause?.['code'] === 'string') return cause['code'];
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P2')
    ? code
    : undefined;
}

export function isUniqueViolation(error: unknown): boolean {
  return isKnown(error, 'P2002') || sqlStateOf(error) === '23505';
}

export function isForeignKeyViolation(error: unknown): boolean {
  return isKnown(error, 'P2003') || sqlStateOf(error) === '23503';
}

/** What PostgreSQL says of NUL in a text, NUL in JSON, and half a surrogate pair in JSON. */
const unstorableText = ['22021', '22P05', '22P02'];

/** Errors of the database become ours; everything else passes as it is. */
export function toDomainError(error: unknown): Error {
  if (error instanceof DomainError) return error;
  const state = sqlStateOf(error);
  if (state !== undefined && unstorableText.includes(state)) {
    return new InvalidRequest('text-not-storable', 'A text of the request cannot be stored.', {
      cause: error,
      remedy: 'Send texts without U+0000 and without halves of surrogate pairs.',
    });
  }
  if (isUnavailable(error, state)) {
    return new DatabaseUnavailable('The database does not answer.', { cause: error });
  }
  if (isPrismaError(error) || error instanceof pg.DatabaseError)
    return new Internal('The database refused a statement.', { cause: error });
  return error instanceof Error ? error : new Internal(String(error));
}

/** Connection lost or refused, server starting or stopping, too many clients, deadlock, or too busy. */
function isUnavailable(error: unknown, state: string | undefined): boolean {
  if (state !== undefined && /^(08...|57P0.|53...|40001|40P01)$/.test(state)) return true;
  if (
    ['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2034'].some((code) =>
      isKnown(error, code),
    )
  ) {
    return true;
  }
  const kind = driverCause(error)?.['kind'];
  if (['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout'].includes(String(kind)))
    return true;
  if (
    ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE'].includes(
      String((error as { code?: unknown }).code),
    )
  ) {
    return true;
  }
  // `pg` gives these no code.
  return (
    error instanceof Error &&
    /connection (terminated|error|timeout)|timeout exceeded when trying to connect|not queryable/i.test(
      error.message,
    )
  );
}

function driverCause(error: unknown): Record<string, unknown> | undefined {
  const direct = (error as { cause?: unknown }).cause;
  const meta = (error as { meta?: { driverAdapterError?: { cause?: unknown } } }).meta;
  const cause = meta?.driverAdapterError?.cause ?? direct;
  return typeof cause === 'object' && cause !== null
    ? (cause as Record<string, unknown>)
    : undefined;
}

function isKnown(error: unknown, code: string): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === code;
}

function isPrismaError(error: unknown): boolean {
  return (
    error instanceof Prisma.PrismaClientKnownRequestError ||
    error instanceof Prisma.PrismaClientUnknownRequestError ||
    error instanceof Prisma.PrismaClientInitializationError ||
    error instanceof Prisma.PrismaClientValidationError
  );
}
