import { expectedShape, sameShape, shapeOf } from './corefile-shape.js';
import { findBlock, findPlace, wordsOf, type CorefilePath } from './corefile-places.js';
import {
  isProblem,
  parseCorefile,
  type Corefile,
  type CorefileBraces,
  type CorefileDirective,
} from './parse-corefile.js';
import { corefileWord } from './tokens.js';

/**
 * The text with the words at one place set, or the line removed where `value` is undefined. A line that is
 * missing comes last in its braces; braces that are missing are made, and go when nothing is left in them.
 * Every other byte stays. What comes out is read again and must say exactly what was wanted.
 *
 * @returns null where that cannot be: the text cannot be read, the place is ambiguous or in a block that
 *          does not exist, or a word cannot be written down
 */
export function editCorefile(
  text: string,
  path: CorefilePath,
  value: readonly string[] | undefined,
): string | null {
  const file = parseCorefile(text);
  if (isProblem(file) || path.length < 2) return null;
  const wanted = expectedShape(file, path, value);
  if (wanted === null) return null;
  if (sameShape(shapeOf(file), wanted)) return text;

  const edited = spliced(file, path, value);
  if (edited === null) return null;
  const again = parseCorefile(edited);
  return !isProblem(again) && sameShape(shapeOf(again), wanted) ? edited : null;
}

function spliced(
  file: Corefile,
  path: CorefilePath,
  value: readonly string[] | undefined,
): string | null {
  const found = findPlace(file, path);
  if (found.kind === 'ambiguous') return null;
  if (found.kind === 'absent') return value === undefined ? file.text : inserted(file, path, value);
  if (value === undefined) return removed(file, path, found.directive);
  return replacedWords(file.text, found.directive, found.named, value);
}

/** Words that are the same stay with the white space before them. */
function replacedWords(
  text: string,
  { words }: CorefileDirective,
  named: number,
  value: readonly string[],
): string {
  const old = words.slice(named);
  let out = text;
  let end = words.at(-1)?.end ?? 0;
  if (old.length > value.length) {
    const kept = words[named + value.length - 1];
    out = cut(out, kept?.end ?? 0, end, '');
    end = kept?.end ?? end;
  }
  const more = value.slice(old.length).map((word) => ` ${corefileWord(word)}`);
  out = cut(out, end, end, more.join(''));
  for (let at = Math.min(old.length, value.length) - 1; at >= 0; at -= 1) {
    const [token, word] = [old[at], value[at]];
    if (token === undefined || word === undefined || token.text === word) continue;
    out = cut(out, token.start, token.end, corefileWord(word));
  }
  return out;
}

function inserted(file: Corefile, path: CorefilePath, value: readonly string[]): string | null {
  // The deepest line on the way that is there takes what is missing.
  for (let depth = path.length - 1; depth >= 1; depth -= 1) {
    const missing = path.slice(depth).map((step) => wordsOf(step).map(corefileWord).join(' '));
    const line = [missing.at(-1) ?? '', ...value.map(corefileWord)].join(' ');
    const lines = [...missing.slice(0, -1), line];
    if (depth === 1) {
      const block = findBlock(file, path[0] ?? '');
      if (block === 'absent' || block === 'ambiguous' || block.braces === null) return null;
      return intoBraces(file, { ...block.braces, directives: block.directives }, lines);
    }
    const parent = findPlace(file, path.slice(0, depth));
    if (parent.kind === 'ambiguous') return null;
    if (parent.kind === 'absent') continue;
    const { directive } = parent;
    return directive.block === null
      ? withBraces(file, directive, lines)
      : intoBraces(file, directive.block, lines);
  }
  return null;
}

/** Behind the last line in the braces, as far in as that one. */
function intoBraces(
  file: Corefile,
  braces: CorefileBraces,
  lines: readonly string[],
): string | null {
  const { text } = file;
  const { open, close, directives } = braces;
  const eol = eolOf(text);
  const last = directives.at(-1);
  const outer = indentOf(text, open.start);
  const inner = last === undefined ? outer + unitOf(file) : indentOf(text, startOf(last));
  const rendered = nestedLines(lines, inner, unitOf(file), eol);
  const beforeClose = text.slice(lineStart(text, close.start), close.start);
  if (beforeClose.trim() === '') {
    const at = lineStart(text, close.start);
    return cut(text, at, at, rendered + eol);
  }
  // `{ }` on one line opens up; other things beside a brace are left to people.
  if (directives.length > 0 || text.slice(open.end, close.start).trim() !== '') return null;
  return cut(text, open.end, close.start, eol + rendered + eol + outer);
}

/** Braces for a line that has none; a comment at its end stays there. */
function withBraces(
  file: Corefile,
  directive: CorefileDirective,
  lines: readonly string[],
): string {
  const { text } = file;
  const eol = eolOf(text);
  const outer = indentOf(text, startOf(directive));
  const end = directive.words.at(-1)?.end ?? 0;
  const lineEnd = endOfLine(text, end);
  const rendered = nestedLines(lines, outer + unitOf(file), unitOf(file), eol);
  const opened = cut(text, lineEnd, lineEnd, eol + rendered + eol + outer + '}');
  return cut(opened, end, end, ' {');
}

function nestedLines(lines: readonly string[], indent: string, unit: string, eol: string): string {
  const [line = '', ...rest] = lines;
  if (rest.length === 0) return indent + line;
  return `${indent}${line} {${eol}${nestedLines(rest, indent + unit, unit, eol)}${eol}${indent}}`;
}

function removed(file: Corefile, path: CorefilePath, directive: CorefileDirective): string {
  const { text } = file;
  const parent = path.length > 2 ? findPlace(file, path.slice(0, -1)) : null;
  if (parent?.kind === 'found' && parent.directive.block?.directives.length === 1) {
    const { open, close } = parent.directive.block;
    const inside =
      text.slice(open.end, startOf(directive)) + text.slice(endOf(directive), close.start);
    const wordsEnd = parent.directive.words.at(-1)?.end ?? open.start;
    if (inside.trim() === '') return cut(text, wordsEnd, close.end, '');
  }
  const [start, end] = [startOf(directive), endOf(directive)];
  const line = lineStart(text, start);
  const isAlone =
    text.slice(line, start).trim() === '' && /^[^\S\n]*(#|\r?\n|$)/.test(text.slice(end));
  if (!isAlone) return cut(text, start, end, '');
  const after = endOfLine(text, end);
  const next = text.indexOf('\n', after);
  return cut(text, line, next === -1 ? text.length : next + 1, '');
}

function startOf({ words }: CorefileDirective): number {
  return words[0]?.start ?? 0;
}

function endOf({ words, block }: CorefileDirective): number {
  return block?.close.end ?? words.at(-1)?.end ?? 0;
}

/** One step of indentation, as the file has it: the first line in braces tells. */
function unitOf({ text, blocks }: Corefile): string {
  for (const { braces, directives } of blocks) {
    const [first] = directives;
    if (braces === null || first === undefined) continue;
    const [outer, inner] = [indentOf(text, braces.open.start), indentOf(text, startOf(first))];
    if (inner.startsWith(outer) && inner.length > outer.length) return inner.slice(outer.length);
  }
  return '    ';
}

function indentOf(text: string, at: number): string {
  return /^[^\S\n]*/.exec(text.slice(lineStart(text, at)))?.[0] ?? '';
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Before the line break, `\r\n` or `\n`. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end === -1) return text.length;
  return text[end - 1] === '\r' ? end - 1 : end;
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

function cut(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
