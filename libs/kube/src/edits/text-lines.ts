/** Offset of the first character of the line that holds `at`. */
export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** As many spaces as stand, or would stand, before the character at `at`: a dash counts as one. */
export function indentAt(text: string, at: number): string {
  return ' '.repeat(at - lineStart(text, at));
}

/** Where the line after an entry begins: `end` itself when the entry took its line break along. */
export function endOfEntry(text: string, end: number): number {
  if (text[end - 1] === '\n') return end;
  const at = text.indexOf('\n', end);
  return at === -1 ? text.length : at + 1;
}

export function replaced(text: string, from: number, to: number, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}
