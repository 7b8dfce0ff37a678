import { Prisma } from '../generated/client.js';

/** Plain JSON of a type of ours, as Prisma wants it written. */
export function json(value: unknown): Prisma.InputJsonValue {
  return value as Prisma.InputJsonValue;
}

/** The same for a column that may be NULL. */
export function jsonOrNull(value: unknown) {
  return value === null || value === undefined ? Prisma.DbNull : json(value);
}

/** What stands in a column that only we write, as the type that we wrote. */
export function fromJson<T>(value: unknown): T {
  return value as T;
}
