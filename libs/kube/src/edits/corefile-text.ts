import {
  corefileValue,
  editCorefile,
  isCorefileProblem,
  parseCorefile,
  type Json,
} from '@fairlead/core';
import { impossible, unreadable } from './edit-refusals.js';

/** The words at a place. Throws Unacceptable (`document-unreadable`, `edit-impossible` where several lines fit). */
export function corefileWords(text: string, path: readonly string[]): Json | undefined {
  const file = parseCorefile(text);
  if (isCorefileProblem(file)) throw unreadable('corefile');
  const value = corefileValue(file, path);
  if (value === null) throw impossible(path);
  return value;
}

/** The text with the words at a place set, or its line removed. Throws Unacceptable as above. */
export function editCorefileText(
  text: string,
  path: readonly string[],
  value: Json | undefined,
): string {
  if (isCorefileProblem(parseCorefile(text))) throw unreadable('corefile');
  if (value !== undefined && !isWords(value)) throw impossible(path);
  const edited = editCorefile(text, path, value);
  if (edited === null) throw impossible(path);
  return edited;
}

function isWords(value: Json): value is readonly string[] {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}
