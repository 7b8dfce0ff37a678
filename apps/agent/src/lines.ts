/**
 * Cuts a byte stream into lines. Bytes are cut first and read as text after: UTF-8 has no line break inside a
 * character, but a chunk may end inside one. A line that grows longer than `maxBytes` is told once, as null, and
 * what is left of it is passed over.
 */
export function lineCutter(maxBytes: number): (chunk: Uint8Array) => (string | null)[] {
  let pieces: Buffer[] = [];
  let size = 0;

  return (chunk) => {
    const lines: (string | null)[] = [];
    let rest = Buffer.from(chunk);
    while (rest.length > 0) {
      const end = rest.indexOf(10);
      const piece = end === -1 ? rest : rest.subarray(0, end);
      const wasTooLong = size > maxBytes;
      size += piece.length;
      if (size <= maxBytes) pieces.push(piece);
      else {
        pieces = [];
        if (!wasTooLong) lines.push(null);
      }
      if (end === -1) break;
      if (size <= maxBytes) lines.push(Buffer.concat(pieces).toString('utf8'));
      pieces = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    return lines;
  };
}
