import { valueAt, type Json } from '@fairlead/core';

/** The text at a path of an object; empty where there is none. */
export function textAt(value: Json | undefined, path: readonly string[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}
