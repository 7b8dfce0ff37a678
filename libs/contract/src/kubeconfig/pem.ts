import { refusal } from './refuse.js';

const block = /-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----/g;

/** The PEM text inside a base64 member. Throws `bad-base64`, `bad-pem`. */
export function pemOf(
  base64: string,
  member: string,
  labels: readonly string[],
  max: number,
): string {
  const text = decode(base64, member);
  const blocks = [...text.matchAll(block)];
  const strangers = text.replaceAll(block, '').trim();
  const right = blocks.every(
    (found) => labels.includes(found[1] ?? '') && isWholeDer(found[2] ?? ''),
  );
  if (blocks.length === 0 || blocks.length > max || strangers !== '' || !right) {
    throw refusal('bad-pem', `${member} does not hold ${labels[0]?.toLowerCase()} as PEM.`);
  }
  return text;
}

function decode(base64: string, member: string): string {
  const compact = base64.replaceAll(/[\r\n]/g, '');
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(compact) && compact.length % 4 === 0;
  if (!isBase64) throw refusal('bad-base64', `${member} is not base64.`);
  return atob(compact);
}

/** A DER SEQUENCE whose length is that of the data: catches what was cut off or padded. */
function isWholeDer(body: string): boolean {
  const compact = body.replaceAll(/[\r\n]/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact) || compact.length % 4 !== 0) return false;
  const der = atob(compact);
  const first = der.charCodeAt(1);
  if (der.charCodeAt(0) !== 0x30 || Number.isNaN(first)) return false;
  if (first < 0x80) return der.length === 2 + first;
  const lengthBytes = first & 0x7f;
  let length = 0;
  for (let at = 2; at < 2 + lengthBytes; at += 1) length = length * 256 + der.charCodeAt(at);
  return lengthBytes > 0 && lengthBytes <= 4 && der.length === 2 + lengthBytes + length;
}
