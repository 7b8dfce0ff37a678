import { breaksIn, corefileTokens, type CorefileToken } from './tokens.js';

/** A line that begins with the name of a plugin or of a plugin's property. */
export interface CorefileDirective {
  /** The name and its arguments, without the braces. */
  readonly words: readonly CorefileToken[];
  readonly block: CorefileBraces | null;
}

export interface CorefileBraces {
  readonly open: CorefileToken;
  readonly close: CorefileToken;
  readonly directives: readonly CorefileDirective[];
}

/** A server block, or a snippet: `(name) { … }`. */
export interface CorefileBlock {
  /** Its keys without commas, parted by one space: `.:53`, `example.org:53 example.net:53`, `(name)`. */
  readonly label: string;
  readonly keys: readonly string[];
  readonly isSnippet: boolean;
  /** Null for the one server block that may do without braces. */
  readonly braces: Pick<CorefileBraces, 'open' | 'close'> | null;
  readonly directives: readonly CorefileDirective[];
}

export interface Corefile {
  readonly text: string;
  readonly blocks: readonly CorefileBlock[];
  /** What is imported between the blocks: files of further blocks. */
  readonly imports: readonly string[];
}

export interface CorefileProblem {
  readonly line: number;
  /** What is wrong, without a full stop. */
  readonly problem: string;
}

/**
 * Reads a Corefile by CoreDNS's own grammar: server blocks of several keys, snippets, imports, quoted
 * words, properties in nested braces. Nothing is expanded and every part knows its place in the text, so
 * that an edit can leave all other bytes alone.
 *
 * No library reads this format in JavaScript. Source: coredns/caddy caddyfile/parse.go.
 */
export function parseCorefile(text: string): Corefile | CorefileProblem {
  const tokens = corefileTokens(text);
  if (tokens === null) return { line: lastLine(text), problem: 'a quote is not closed' };
  const cursor = new Cursor(tokens);
  const blocks: CorefileBlock[] = [];
  const imports: string[] = [];
  try {
    while (cursor.token !== undefined) {
      if (cursor.token.text === 'import') imports.push(readImport(cursor));
      else blocks.push(readBlock(cursor));
    }
  } catch (error) {
    if (error instanceof Unreadable) return { line: error.line, problem: error.message };
    throw error;
  }
  return { text, blocks, imports };
}

export function isProblem(parsed: Corefile | CorefileProblem): parsed is CorefileProblem {
  return 'problem' in parsed;
}

class Unreadable extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

class Cursor {
  readonly #tokens: readonly CorefileToken[];
  #at = 0;

  constructor(tokens: readonly CorefileToken[]) {
    this.#tokens = tokens;
  }

  get token(): CorefileToken | undefined {
    return this.#tokens[this.#at];
  }

  /** Whether the present word begins a line. */
  get isNewLine(): boolean {
    const [before, token] = [this.#tokens[this.#at - 1], this.token];
    if (before === undefined || token === undefined) return true;
    return before.line + breaksIn(before.text) < token.line;
  }

  take(): CorefileToken {
    const { token } = this;
    if (token === undefined) throw this.fail('it ends too early');
    this.#at += 1;
    return token;
  }

  fail(problem: string): Unreadable {
    const place = this.token ?? this.#tokens.at(-1);
    return new Unreadable(place?.line ?? 1, problem);
  }
}

function readImport(cursor: Cursor): string {
  cursor.take();
  if (cursor.isNewLine) throw cursor.fail('an import names no file');
  const { text } = cursor.take();
  if (cursor.token !== undefined && !cursor.isNewLine)
    throw cursor.fail('an import names two files');
  return text;
}

function readBlock(cursor: Cursor): CorefileBlock {
  const keys = readKeys(cursor);
  if (keys.length === 0) throw cursor.fail('a block has no key');
  const [first = ''] = keys;
  const isSnippet = keys.length === 1 && first.startsWith('(') && first.endsWith(')');
  const common = { label: keys.join(' '), keys, isSnippet };
  if (cursor.token?.text === '{') {
    const { open, close, directives } = readBraces(cursor);
    return { ...common, braces: { open, close }, directives };
  }
  if (isSnippet) throw cursor.fail('a snippet has no braces');
  const directives: CorefileDirective[] = [];
  while (cursor.token !== undefined) directives.push(readDirective(cursor));
  return { ...common, braces: null, directives };
}

/** Up to the brace, or to the end of a line that does not end in a comma. */
function readKeys(cursor: Cursor): string[] {
  const keys: string[] = [];
  let hasMore = false;
  for (let isFirst = true; cursor.token !== undefined; isFirst = false) {
    if (cursor.token.text === '{') {
      if (hasMore) throw cursor.fail('a key is missing after a comma');
      break;
    }
    if (!isFirst && !hasMore && cursor.isNewLine) break;
    if (cursor.token.text === '}') throw cursor.fail('a brace closes nothing');
    const { text } = cursor.take();
    hasMore = text.endsWith(',');
    if (text !== '') keys.push(hasMore ? text.slice(0, -1) : text);
  }
  if (hasMore && cursor.token === undefined) throw cursor.fail('a key is missing after a comma');
  return keys;
}

function readBraces(cursor: Cursor): CorefileBraces {
  const open = cursor.take();
  const directives: CorefileDirective[] = [];
  while (cursor.token?.text !== '}') {
    if (cursor.token === undefined) throw cursor.fail('a brace is not closed');
    directives.push(readDirective(cursor));
  }
  return { open, close: cursor.take(), directives };
}

/** A line, and the braces behind it; CoreDNS takes them even from the line below. */
function readDirective(cursor: Cursor): CorefileDirective {
  const { token } = cursor;
  if (token?.text === '{') throw cursor.fail('a brace has no plugin before it');
  if (token?.text === '}') throw cursor.fail('a brace closes nothing');
  const words = [cursor.take()];
  while (cursor.token !== undefined && cursor.token.text !== '{') {
    if (cursor.token.text === '}' || cursor.isNewLine) return { words, block: null };
    words.push(cursor.take());
  }
  if (cursor.token === undefined) return { words, block: null };
  const block = readBraces(cursor);
  const isAlone = cursor.token === undefined || cursor.isNewLine || cursor.token.text === '}';
  if (!isAlone) throw cursor.fail('a word stands behind a closing brace');
  return { words, block };
}

function lastLine(text: string): number {
  return text.split('\n').length;
}
