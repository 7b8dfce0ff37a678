import { z } from 'zod';

/** Anything that survives a round trip through JSON; an undefined member is one that is not there. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** `z.json()` with our read-only type. */
export const AnyJson: z.ZodType<Json> = z.json();
export const AnyJsonObject: z.ZodType<JsonObject> = z.record(z.string(), AnyJson);

/**
 * One text for one value: RFC 8785 (JCS). ECMAScript's own number and string serialisation is what
 * the RFC prescribes, so only the order of members is ours: by UTF-16 code units.
 *
 * @throws TypeError for what JSON cannot say (NaN, infinities, undefined, bigint, functions)
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
    return JSON.stringify(value);
  }
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`);

  const members = Object.keys(value)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((key) => {
      const member = value[key];
      return member === undefined ? [] : [`${JSON.stringify(key)}:${canonicalJson(member)}`];
    });
  return `{${members.join(',')}}`;
}

/** True when both values have the same canonical text. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return canonicalJson(a) === canonicalJson(b);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
