/** How a resolv.conf makes questions out of a name. */
export interface SearchRules {
  readonly searches: readonly string[];
  readonly ndots: number;
}

/** What the kubelet gives pods with dnsPolicy ClusterFirst. */
export const clusterFirstNdots = 5;

/**
 * The absolute names that a lookup asks for, in order, until one has an address. A name with fewer dots
 * than ndots goes through the search path first; one with as many or more is asked as it stands first.
 *
 * @param libc  `musl` never falls back to the search path for a name that has enough dots
 * Source: domain.md 4.1.
 */
export function lookupOrder(
  name: string,
  { searches, ndots }: SearchRules,
  libc: 'glibc' | 'musl' = 'glibc',
): readonly string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = searches.map((domain) => `${name}.${domain}`);
  if (dotsIn(name) < ndots) return [...searched, name];
  return libc === 'musl' ? [name] : [name, ...searched];
}

export function dotsIn(name: string): number {
  return name.split('.').length - 1;
}

/** The last `ndots` among the options of a resolv.conf; 1 without one, as the C library has it. */
export function ndotsIn(options: readonly string[]): number {
  const texts = options.flatMap((option) => /^ndots:(\d{1,4})$/.exec(option)?.[1] ?? []);
  return Number(texts.at(-1) ?? 1);
}
