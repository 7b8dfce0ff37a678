/**
 * Cuts a byte stream into lines. UTF-8 has no line break inside a character, so bytes are cut first
 * and read as text after.
 *
 * @param maxBytes  of one line; `push` throws RangeError on a longer one, whole or not
 */
export function lineFramer(maxBytes: number): { push(chunk: Uint8Array): readonly string[] } {
  let pieces: Buffer[] = [];
  let size = 0;

  return {
    push(chunk) {
      const lines: string[] = [];
      let rest = Buffer.from(chunk);
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        pieces.push(rest.subarray(0, end));
        size += end;
        if (size > maxBytes) throw new RangeError(`A line is longer than ${maxBytes} bytes`);
        lines.push(Buffer.concat(pieces).toString('utf8'));
        pieces = [];
        size = 0;
        rest = rest.subarray(end + 1);
      }
      pieces.push(rest);
      size += rest.length;
      if (size > maxBytes) throw new RangeError(`A line is longer than ${maxBytes} bytes`);
      return lines;
    },
  };
}
