import { corefileTokens } from './tokens.js';
import {
  isProblem,
  parseCorefile,
  type CorefileBraces,
  type CorefileDirective,
} from './parse-corefile.js';
import type { CorefileToken } from './tokens.js';

/**
 * The text whose SHA-512 CoreDNS shows as `coredns_reload_version_info` once it runs a Corefile that it has
 * reloaded: its parsed server blocks as Go writes them in JSON. Null where what it parses is not all in
 * the text: imports, and environment variables; and where the text cannot be read.
 * Source: coredns plugin/reload/reload.go (SHA-512 since 1.9.1), coredns/caddy caddyfile/parse.go.
 */
export function corefileReloadText(text: string): string | null {
  const file = parseCorefile(text);
  const tokens = corefileTokens(text);
  if (isProblem(file) || tokens === null || file.imports.length > 0) return null;
  const isOpen = tokens.some(({ text: word }) => word === 'import' || /\{[%$]/.test(word));
  if (isOpen) return null;

  const blocks = file.blocks
    .filter(({ isSnippet }) => !isSnippet)
    .map(({ keys, directives }) => {
      const byName = new Map<string, string[]>();
      for (const directive of directives) {
        const name = directive.words[0]?.text ?? '';
        const written = tokensOf(directive).map(goToken);
        byName.set(name, [...(byName.get(name) ?? []), ...written]);
      }
      const members = [...byName]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, written]) => `${goText(name)}:[${written.join(',')}]`);
      return `{"Keys":[${keys.map(goText).join(',')}],"Tokens":{${members.join(',')}}}`;
    });
  return blocks.length === 0 ? 'null' : `[${blocks.join(',')}]`;
}

function tokensOf({ words, block }: CorefileDirective): readonly CorefileToken[] {
  return block === null ? words : [...words, ...tokensIn(block)];
}

function tokensIn({ open, close, directives }: CorefileBraces): readonly CorefileToken[] {
  return [open, ...directives.flatMap(tokensOf), close];
}

/** The main file's tokens carry no file name. */
function goToken({ line, text }: CorefileToken): string {
  return `{"File":"","Line":${line},"Text":${goText(text)}}`;
}

/** Go's encoder escapes what would be markup in HTML, and two line breaks that JavaScript had none of. */
function goText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
