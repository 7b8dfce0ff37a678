/** Whether `v1.36.3+k3s1` or `6.18.44-generic` is at least `1.36`: compared number by number. */
export function isAtLeast(version: string, minimum: string): boolean {
  const here = numbersOf(version);
  const there = numbersOf(minimum);
  for (const [at, needed] of there.entries()) {
    const found = here[at] ?? 0;
    if (found !== needed) return found > needed;
  }
  return true;
}

function numbersOf(version: string): number[] {
  const [, numbers = '0'] = /^v?(\d+(?:\.\d+)*)/.exec(version) ?? [];
  return numbers.split('.').map(Number);
}
