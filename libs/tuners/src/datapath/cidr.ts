interface Range {
  readonly start: number;
  readonly bits: number;
}

/** An IPv4 range as numbers; null for anything else. */
function rangeOf(cidr: string): Range | null {
  const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr.trim());
  if (found === null) return null;
  const [a = 0, b = 0, c = 0, d = 0, bits = 33] = found.slice(1).map(Number);
  if ([a, b, c, d].some((part) => part > 255) || bits > 32) return null;
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - bits);
  return { start: Math.floor(address / size) * size, bits };
}

/** Whether every address of the inner IPv4 range is in the outer one; false when either is none. */
export function holds(outer: string, inner: string): boolean {
  const [out, within] = [rangeOf(outer), rangeOf(inner)];
  if (out === null || within === null || within.bits < out.bits) return false;
  return within.start >= out.start && within.start < out.start + 2 ** (32 - out.bits);
}

/** The network that an address with prefix length is in, `10.0.0.0/24` of `10.0.0.5/24`; null for none. */
export function networkOf(address: string): string | null {
  const range = rangeOf(address);
  if (range === null) return null;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(range.start / 2 ** shift) % 256);
  return `${parts.join('.')}/${range.bits}`;
}
