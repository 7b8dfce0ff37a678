import type { Program } from './program.js';

/** Any other container: it runs, says nothing, and ends when it is stopped. */
export class IdleProgram implements Program {
  readonly exited: Promise<number>;
  #exit!: (code: number) => void;

  constructor() {
    this.exited = new Promise((resolve) => (this.#exit = resolve));
  }

  onOutput(): void {
    return;
  }

  write(): void {
    return;
  }

  closeStdin(): void {
    return;
  }

  stop(exitCode: number): void {
    this.#exit(exitCode);
  }
}
