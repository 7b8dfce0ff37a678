import type { Json } from '@fairlead/core';
import { parse, stringify } from 'yaml';

export type QuoteStyle = 'plain' | 'single' | 'double';

/** The value wrapped in a map for each remaining step of a path. */
export function nested(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inner, step) => ({ [step]: inner }), value);
}

export function isCollection(
  value: Json,
): value is readonly Json[] | { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object';
}

/** A value on one line: a scalar in the style asked for, a collection as JSON, which YAML can read. */
export function renderInline(value: Json, style: QuoteStyle): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  if (style === 'single' && /^[ -~]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return style === 'plain' && isPlain(value) ? value : JSON.stringify(value);
}

/** A collection as lines of block YAML, each behind the indentation. */
export function renderBlock(value: Json, indent: string, eol: string): string {
  const lines = stringify(value, { lineWidth: 0, defaultStringType: 'PLAIN', version: '1.1' })
    .trimEnd()
    .split('\n');
  return lines.map((line) => (line === '' ? line : indent + line)).join(eol);
}

/** True when both versions of YAML read the bare word as that text: kubelets and kube-proxy read 1.1. */
function isPlain(text: string): boolean {
  if (!/^[\w./-]+$/.test(text)) return false;
  return parse(text, { version: '1.1' }) === text && parse(text, { version: '1.2' }) === text;
}
