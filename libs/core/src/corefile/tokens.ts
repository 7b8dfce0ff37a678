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
const space = /[\t\n\v\f \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const byteOrderMark = 0xfeff;

/**
 * The words of a text, as Caddy's lexer cuts them: parted by white space, or in double quotes when the
 * first character is one; `\"` is the only escape; `#` makes the rest of the line a comment, wherever it
 * stands outside quotes. Null when a quote is never closed.
 * Source: coredns/caddy caddyfile/lexer.go.
 */
export function corefileTokens(text: string): readonly CorefileToken[] | null {
  const tokens: CorefileToken[] = [];
  let at = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const char = text.charAt(at);
    if (char === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (char === '\r' || space.test(char)) {
      if (char === '\n') line += 1;
      at += 1;
    } else {
      const token = char === '"' ? quotedAt(text, at, line) : wordAt(text, at, line);
      if (token === null) return null;
      tokens.push(token);
      line += breaksIn(token.text);
      at = token.end;
    }
  }
  return tokens;
}

/** Lines that a word goes on over: only a quoted one can. */
export function breaksIn(word: string): number {
  return word.split('\n').length - 1;
}

function wordAt(text: string, start: number, line: number): CorefileToken {
  let end = start;
  let word = '';
  // A carriage return neither ends a word nor belongs to it; one at the end is left to the line break.
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '#' || space.test(char)) break;
    if (char === '\r') continue;
    word += char;
    end = at + 1;
  }
  return { text: word, start, end, line };
}

function quotedAt(text: string, start: number, line: number): CorefileToken | null {
  let word = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { text: word, start, end: at + 1, line };
    if (char === '\\' && at + 1 < text.length) {
      at += 1;
      const next = text.charAt(at);
      word += next === '"' ? next : `\\${next}`;
    } else {
      word += char;
    }
  }
  return null;
}

/** The word as it can stand in a Corefile: in quotes where it would be cut or lost otherwise. */
export function corefileWord(word: string): string {
  const isPlain = word !== '' && !word.startsWith('"') && !/[#\r]/.test(word) && !space.test(word);
  return isPlain ? word : `"${word.replaceAll('"', '\\"')}"`;
}
