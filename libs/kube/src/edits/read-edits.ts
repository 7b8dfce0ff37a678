import {
  valueAt,
  type EditReading,
  type Json,
  type PathEdit,
  type SeenObject,
} from '@fairlead/core';
import { corefileWords } from './corefile-text.js';
import { parseText } from './document-text.js';

/** Name of a document in `texts`: the path of the member that holds it, joined with `/`. */
export function documentName(path: readonly string[]): string {
  return path.join('/');
}

/** Values at the edits' places, in their order, and the whole text of each document they name. */
export function readEdits(object: SeenObject, edits: readonly PathEdit[]): EditReading {
  const texts: Record<string, string> = {};
  const parsed = new Map<string, Json>();

  const values = edits.map(({ document, path }) => {
    if (document === undefined) return held(valueAt(object, path));
    const name = documentName(document.path);
    const text = valueAt(object, document.path);
    if (typeof text !== 'string') return {};
    texts[name] = text;
    if (document.format === 'corefile') return held(corefileWords(text, path));
    const content = parsed.get(name) ?? parseText(text, document.format);
    parsed.set(name, content);
    return held(valueAt(content, path));
  });
  return { values, texts };
}

function held(value: Json | undefined): { readonly value?: Json } {
  return value === undefined ? {} : { value };
}
