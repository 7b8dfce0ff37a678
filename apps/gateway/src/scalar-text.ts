import type { Json } from '@fairlead/core';

/** A text, number or truth value of a JSON document as text. Throws TypeError for anything else. */
export function scalarText(value: Json | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError('A text, number or truth value was expected');
}
