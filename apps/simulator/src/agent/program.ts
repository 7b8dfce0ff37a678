/** A process in a simulated container, as far as attach and the kubelet see it. */
export interface Program {
  /** Called with each piece of output; at most one listener, as attach has one reader here. */
  onOutput(listener: ((text: string) => void) | null): void;
  write(text: string): void;
  closeStdin(): void;
  /** Ends it with this exit code. */
  stop(exitCode: number): void;
  readonly exited: Promise<number>;
}
