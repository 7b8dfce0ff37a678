/** The few lines of RFC 1035 that one lookup takes. */

const responseFlag = 0x8000;
const truncatedFlag = 0x0200;
const recursionDesired = 0x0100;
const headerBytes = 12;
const responseCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'];

const types = { A: 1, AAAA: 28 } as const;

/** A query for exactly this name; null for what cannot be a name. */
export function dnsQuery(id: number, name: string, type: keyof typeof types = 'A'): Buffer | null {
  const labels = name.replace(/\.$/, '').split('.');
  if (!labels.every((label) => /^[\x21-\x7e]{1,63}$/.test(label))) return null;
  const question = labels.map((label) => `${String.fromCharCode(label.length)}${label}`).join('');
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(recursionDesired, 2);
  header.writeUInt16BE(1, 4);
  // The root's empty label, the type, class IN.
  const tail = Buffer.of(0, 0, types[type], 0, 1);
  return Buffer.concat([header, Buffer.from(question, 'latin1'), tail]);
}

export function isAnswerTo(query: Buffer, datagram: Buffer): boolean {
  if (datagram.length < headerBytes) return false;
  const isResponse = (datagram.readUInt16BE(2) & responseFlag) !== 0;
  return isResponse && datagram.readUInt16BE(0) === query.readUInt16BE(0);
}

/** Null when the name has addresses; otherwise `NXDOMAIN`, `NODATA`, `SERVFAIL`, `truncated` … */
export function failureIn(answer: Buffer): string | null {
  const flags = answer.readUInt16BE(2);
  const code = flags & 0x000f;
  if (code !== 0) return responseCodes[code] ?? `RCODE${code}`;
  if ((flags & truncatedFlag) !== 0) return 'truncated';
  return answer.readUInt16BE(6) === 0 ? 'NODATA' : null;
}
