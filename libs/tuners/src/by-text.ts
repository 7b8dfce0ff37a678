/** Order by UTF-16 code units: the same on every machine, unlike a locale's. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return byText(a.name, b.name);
}

/** `a`, `a and b`, `a, b and 3 more`: a list for a sentence. */
export function listed(names: readonly string[], limit = 5): string {
  const sorted = names.toSorted(byText);
  if (sorted.length > limit) {
    return `${sorted.slice(0, limit).join(', ')} and ${sorted.length - limit} more`;
  }
  if (sorted.length < 2) return sorted.join('');
  return `${sorted.slice(0, -1).join(', ')} and ${sorted.at(-1)}`;
}
