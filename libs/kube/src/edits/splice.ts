import type { Json } from '@fairlead/core';
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  type ParsedNode,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { impossible, type DocumentFormat } from './edit-refusals.js';
import { isCollection, nested, renderBlock, renderInline, type QuoteStyle } from './render.js';
import { endOfEntry, indentAt, lineStart, replaced } from './text-lines.js';

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;
type ParsedMap = YAMLMap<ParsedNode, ParsedNode | null> & {
  readonly range: [number, number, number];
};

/** A node in its place: the pair that holds it, none for the root and for items of a list. */
interface Place {
  readonly node: ParsedNode | null;
  readonly pair?: ParsedPair;
  /** Inside `{}` or `[]`, where lines and indentation mean nothing. */
  readonly isFlow: boolean;
}

interface Cut {
  readonly text: string;
  readonly path: readonly string[];
  readonly format: DocumentFormat;
  readonly eol: string;
}

/** Cuts the new value into the text at the narrowest place. The caller checks what comes out. */
export function splice(
  text: string,
  parsed: Document.Parsed<ParsedNode>,
  path: readonly string[],
  value: Json | undefined,
  format: DocumentFormat,
): string {
  const cut: Cut = { text, path, format, eol: text.includes('\r\n') ? '\r\n' : '\n' };
  let place: Place = { node: parsed.contents, isFlow: false };

  for (const [depth, step] of path.entries()) {
    const { node } = place;
    const rest = path.slice(depth + 1);
    if (isMap(node)) {
      const map = node as ParsedMap;
      const isFlow = place.isFlow || map.flow === true;
      const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return insert(cut, place, map, step, nested(rest, value ?? null));
      if (rest.length === 0 && value === undefined) return remove(cut, place, map, pair);
      place = { node: pair.value, pair, isFlow };
    } else if (isSeq(node)) {
      const item = node.items[Number(step)];
      if (item === undefined || (rest.length === 0 && value === undefined)) {
        return replace(cut, place, editedList(node.toJSON() as Json[], Number(step), rest, value));
      }
      place = { node: item, isFlow: place.isFlow || node.flow === true };
    } else if (value !== undefined && (node === null || (isScalar(node) && node.value === null))) {
      return replace(cut, place, nested(path.slice(depth), value));
    } else {
      throw impossible(path);
    }
    if (isAlias(place.node)) throw impossible(path);
  }
  return replace(cut, place, value ?? null);
}

function editedList(
  list: readonly Json[],
  at: number,
  rest: readonly string[],
  value: Json | undefined,
): Json {
  return value === undefined ? list.toSpliced(at, 1) : [...list, nested(rest, value)];
}

function replace(cut: Cut, place: Place, value: Json): string {
  const { text, eol } = cut;
  const { node, pair } = place;
  if (node === null) return `${text}${renderBlock(value, '', eol)}${eol}`;
  const [start, end] = node.range;
  const isLine = place.isFlow || cut.format === 'json';
  if (isLine || (!isCollection(value) && isScalar(node) && !isBlockScalar(text, node))) {
    const rendered = renderInline(value, styleOf(text, node, cut.format));
    return replaced(text, start, end, start === end ? ` ${rendered}` : rendered);
  }
  if (pair === undefined) throw impossible(cut.path);

  // Block YAML: everything between the key's colon and the end of the value is the value's own.
  const from = colonEnd(pair) ?? start;
  const tail = text[end - 1] === '\n' ? eol : '';
  if (!isCollection(value) || isEmpty(value)) {
    return replaced(text, from, end, ` ${renderInline(value, 'plain')}${tail}`);
  }
  const keyStart = pair.key.range[0];
  const block = renderBlock(value, `${indentAt(text, keyStart)}  `, eol);
  return replaced(text, from, end, `${eol}${block}${tail}`);
}

function insert(cut: Cut, place: Place, map: ParsedMap, key: string, value: Json): string {
  const { text, eol } = cut;
  const last = map.items.at(-1);
  if (last === undefined) return replace(cut, place, { [key]: value });
  const lastEnd = last.value?.range[1] ?? last.key.range[1];

  if (place.isFlow || map.flow === true) {
    const name = renderInline(key, cut.format === 'json' ? 'double' : 'plain');
    const before = text.slice(lineStart(text, last.key.range[0]), last.key.range[0]);
    const gap = before.trim() === '' ? `${eol}${before}` : ' ';
    const style = cut.format === 'json' ? 'double' : 'plain';
    return replaced(text, lastEnd, lastEnd, `,${gap}${name}: ${renderInline(value, style)}`);
  }
  const lines = renderBlock({ [key]: value }, indentAt(text, last.key.range[0]), eol);
  const at = endOfEntry(text, lastEnd);
  const isOpenLine = at === text.length && !text.endsWith('\n');
  return replaced(text, at, at, isOpenLine ? `${eol}${lines}` : `${lines}${eol}`);
}

function remove(cut: Cut, place: Place, map: ParsedMap, pair: ParsedPair): string {
  const { text } = cut;
  const at = map.items.indexOf(pair);
  const next = map.items[at + 1];
  const start = pair.key.range[0];
  const end = pair.value?.range[1] ?? pair.key.range[1];
  const isFlow = place.isFlow || map.flow === true;

  if (map.items.length === 1) {
    if (isFlow) return replaced(text, start, end, '');
    return place.pair === undefined
      ? replaced(text, map.range[0], map.range[1], `{}${cut.eol}`)
      : replace(cut, place, {});
  }
  if (isFlow) {
    const before = map.items[at - 1];
    if (next !== undefined) return replaced(text, start, next.key.range[0], '');
    return replaced(text, before?.value?.range[1] ?? before?.key.range[1] ?? start, end, '');
  }
  const line = lineStart(text, start);
  if (text.slice(line, start).trim() !== '') {
    // The first key behind a dash: the next one moves up into its place.
    return replaced(text, start, next?.key.range[0] ?? end, '');
  }
  const after = endOfEntry(text, end);
  const isLastOpenLine = after === text.length && !text.endsWith('\n');
  return replaced(text, isLastOpenLine ? Math.max(line - cut.eol.length, 0) : line, after, '');
}

function colonEnd(pair: ParsedPair): number | undefined {
  const { srcToken } = pair as { srcToken?: { sep?: readonly { type: string; offset: number }[] } };
  const colon = srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon === undefined ? undefined : colon.offset + 1;
}

function isBlockScalar(text: string, node: ParsedNode): boolean {
  return ['|', '>'].includes(text[node.range[0]] ?? '');
}

function styleOf(text: string, node: ParsedNode, format: DocumentFormat): QuoteStyle {
  if (format === 'json' || text[node.range[0]] === '"') return 'double';
  return text[node.range[0]] === "'" ? 'single' : 'plain';
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
