/** Timers that all end with the cluster that they belong to. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #isClosed = false;

  /** @returns a function that takes the call back */
  after(milliseconds: number, call: () => void): () => void {
    if (this.#isClosed) return () => undefined;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      call();
    }, milliseconds);
    this.#pending.add(timer);
    return () => {
      clearTimeout(timer);
      this.#pending.delete(timer);
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
