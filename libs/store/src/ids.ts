import { v7, validate } from 'uuid';
import { NotFound } from '@fairlead/core';

/** A UUIDv7: sorts by the time at which it was made. */
export function newId(): string {
  return v7();
}

/** Lets an id through to a `uuid` column. Text that is no UUID names nothing: throws NotFound. */
export function knownId(what: string, id: string): string {
  if (!validate(id)) throw new NotFound(what, id);
  return id.toLowerCase();
}
