/** A reading that is kept for a while. */
export interface Remembered<T> {
  get(signal: AbortSignal): Promise<T>;
  /** The next `get` reads anew. */
  forget(): void;
}

/**
 * Reads at most once in a while: callers of the same moment share one reading, and a failure is not
 * kept.
 *
 * @param now  milliseconds of any clock that never goes back
 */
export function remembered<T>(
  read: (signal: AbortSignal) => Promise<T>,
  freshMilliseconds: number,
  now: () => number,
): Remembered<T> {
  let kept: { readonly reading: Promise<T>; readonly at: number } | null = null;
  return {
    async get(signal) {
      if (kept !== null && now() - kept.at <= freshMilliseconds) return await kept.reading;
      const mine = { reading: read(signal), at: now() };
      kept = mine;
      try {
        return await mine.reading;
      } catch (error) {
        if (kept === mine) kept = null;
        throw error;
      }
    },
    forget() {
      kept = null;
    },
  };
}
