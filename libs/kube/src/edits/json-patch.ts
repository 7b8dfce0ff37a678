import {
  Unacceptable,
  valueAt,
  type EditWrite,
  type Json,
  type JsonObject,
  type SeenObject,
} from '@fairlead/core';
import { editText, withValue } from './document-text.js';
import { documentName } from './read-edits.js';
import { nested } from './render.js';

export interface PatchOperation extends JsonObject {
  readonly op: 'test' | 'add' | 'replace' | 'remove';
  readonly path: string;
}

/**
 * One JSON Patch for all edits of an object; empty when the object holds it all already. A text in
 * `texts` goes in whole and the edits inside that document are left out: they are part of it.
 */
export function editPatch(
  object: SeenObject,
  edits: readonly EditWrite[],
  texts: Readonly<Record<string, string>>,
): readonly PatchOperation[] {
  const documents = new Map<string, { readonly path: readonly string[]; text: string }>();
  const operations: PatchOperation[] = [];
  let content: Json = object;

  for (const [name, text] of Object.entries(texts)) {
    documents.set(name, { path: name.split('/'), text });
  }
  for (const { document, path, value } of edits) {
    if (document === undefined) {
      operations.push(...plainEdit(content, path, value));
      content = withValue(content, path, value);
      continue;
    }
    const name = documentName(document.path);
    if (texts[name] !== undefined) continue;
    const text = documents.get(name)?.text ?? textAt(object, document.path);
    documents.set(name, {
      path: document.path,
      text: editText(text, document.format, path, value),
    });
  }
  for (const { path, text } of documents.values()) {
    if (valueAt(object, path) !== text) operations.push(...plainEdit(content, path, text));
  }
  return operations;
}

function plainEdit(
  content: Json,
  path: readonly string[],
  value: Json | undefined,
): PatchOperation[] {
  const isThere = valueAt(content, path) !== undefined;
  if (value === undefined) return isThere ? [{ op: 'remove', path: pointer(path) }] : [];
  if (isThere) return [{ op: 'replace', path: pointer(path), value }];

  // `add` needs its parent, so what is missing above the value is added with it.
  let depth = 1;
  while (depth < path.length && isContainer(valueAt(content, path.slice(0, depth)))) depth += 1;
  return [
    { op: 'add', path: pointer(path.slice(0, depth)), value: nested(path.slice(depth), value) },
  ];
}

function isContainer(value: Json | undefined): boolean {
  return value !== undefined && value !== null && typeof value === 'object';
}

function textAt(object: SeenObject, path: readonly string[]): string {
  const text = valueAt(object, path);
  if (typeof text === 'string') return text;
  throw new Unacceptable('document-absent', `The object has no text at ${path.join('.')}.`);
}

function pointer(path: readonly string[]): string {
  return path.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
