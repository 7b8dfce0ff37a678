import type { Json } from '@fairlead/core';
import { isDeepStrictEqual } from 'node:util';
import { parseDocument, type Document, type ParsedNode } from 'yaml';
import { editCorefileText } from './corefile-text.js';
import { impossible, unreadable, type DocumentFormat } from './edit-refusals.js';
import { nested } from './render.js';
import { splice } from './splice.js';

/** What a text says as JSON. Throws Unacceptable (`document-unreadable`). */
export function parseText(text: string, format: DocumentFormat): Json {
  if (format === 'corefile') throw new TypeError('a Corefile has no JSON of its own');
  if (format === 'yaml') return parseYaml(text).toJS() as Json;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw unreadable(format);
  }
}

/**
 * The text with one value set, or deleted where `value` is undefined. Every byte outside the value's
 * own place stays: comments, order, quoting, explicit nulls. What comes out is read again and must say
 * exactly what was wanted; otherwise nothing is given back.
 *
 * @throws Unacceptable  `document-unreadable`, or `edit-impossible` where a value is shared through an
 *                       anchor, or the path leads through something that is no map or list
 */
export function editText(
  text: string,
  format: DocumentFormat,
  path: readonly string[],
  value: Json | undefined,
): string {
  if (format === 'corefile') return editCorefileText(text, path, value);
  const now = parseText(text, format);
  const wanted = withValue(now, path, value);
  if (isDeepStrictEqual(now, wanted)) return text;

  const edited = splice(text, parseYaml(text), path, value, format);
  if (!isDeepStrictEqual(parseText(edited, format), wanted)) throw impossible(path);
  return edited;
}

function parseYaml(text: string): Document.Parsed<ParsedNode> {
  const parsed = parseDocument(text, { keepSourceTokens: true });
  // Several documents in one text and doubled keys are errors here, not something to guess about.
  if (parsed.errors.length > 0) throw unreadable('yaml');
  return parsed;
}

/** The JSON with a value set or deleted; maps that are missing on the way are made. */
export function withValue(here: Json, path: readonly string[], value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (Array.isArray(here))
    return withItem(here as readonly Json[], Number(step), rest, value, path);
  if (here === null) return value === undefined ? here : nested(path, value);
  if (typeof here !== 'object') throw impossible(path);

  const members = new Map(Object.entries(here));
  const held = members.get(step);
  if (rest.length === 0 && value === undefined) members.delete(step);
  else if (held !== undefined) members.set(step, withValue(held, rest, value));
  else if (value !== undefined) members.set(step, nested(rest, value));
  return Object.fromEntries(members);
}

function withItem(
  list: readonly Json[],
  at: number,
  rest: readonly string[],
  value: Json | undefined,
  path: readonly string[],
): Json {
  const held = list[at];
  if (held === undefined) {
    if (value === undefined) return list;
    if (at !== list.length) throw impossible(path);
    return [...list, nested(rest, value)];
  }
  if (rest.length === 0 && value === undefined) return list.toSpliced(at, 1);
  return list.with(at, withValue(held, rest, value));
}
