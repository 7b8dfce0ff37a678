/** One word of a Corefile with its place in the text. */
export interface CorefileToken {
  /** Without quotes and escapes, as CoreDNS sees it. */
  readonly text: string;
  /** Offsets in the text, quotes included. */
  readonly start: number;
  readonly end: number;
  /** From 1; of the first character. */
  readonly line: number;
}

/** What Go's unicode.IsSpace takes for a space, besides the carriage return, which is skipped everywhere. */
const spaces =
  '\\t\\n\\v\\f \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const space = new RegExp(`[${spaces}]`);
/** White space and comments; and a word, with the carriage returns inside it. */
const between = new RegExp(`(?:[\\r${spaces}]+|#[^\\n]*)*`, 'y');
const word = new RegExp(`[^#${spaces}]*[^#\\r${spaces}]`, 'y');
const byteOrderMark = 0xfeff;

/**
 * The words of a text, as Caddy's lexer cuts them: parted by white space, or in double quotes when the
 * first character is one; `\"` is the only escape; `#` makes the rest of the line a comment, wherever it
 * stands outside quotes. Null when a quote is never closed.
 * Source: coredns/caddy caddyfile/lexer.go.
 */
export function corefileTokens(text: string): readonly CorefileToken[] | null {
  const tokens: CorefileToken[] = [];
  let line = 1;
  let at = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  while (at < text.length) {
    between.lastIndex = at;
    const [skipped = ''] = between.exec(text) ?? [];
    line += breaksIn(skipped);
    at += skipped.length;
    if (at === text.length) break;
    const token = text.charAt(at) === '"' ? quotedAt(text, at, line) : wordAt(text, at, line);
    if (token === null) return null;
    tokens.push(token);
    line += breaksIn(token.text);
    at = token.end;
  }
  return tokens;
}

/** Lines that a word goes on over: only a quoted one can. */
export function breaksIn(text: string): number {
  let breaks = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) breaks += 1;
  return breaks;
}

/** A carriage return neither ends a word nor belongs to it; those at the end are left to the line break. */
function wordAt(text: string, start: number, line: number): CorefileToken {
  word.lastIndex = start;
  const [written = ''] = word.exec(text) ?? [];
  return { text: written.replaceAll('\r', ''), start, end: start + written.length, line };
}

function quotedAt(text: string, start: number, line: number): CorefileToken | null {
  let read = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { text: read, start, end: at + 1, line };
    if (char === '\\' && at + 1 < text.length) {
      at += 1;
      const next = text.charAt(at);
      read += next === '"' ? next : `\\${next}`;
    } else {
      read += char;
    }
  }
  return null;
}

/** The word as it can stand in a Corefile: in quotes where it would be cut or lost otherwise. */
export function corefileWord(text: string): string {
  const isPlain = text !== '' && !text.startsWith('"') && !/[#\r]/.test(text) && !space.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '\\"')}"`;
}
