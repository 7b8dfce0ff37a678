import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildOptions {
  readonly name: string;
  readonly program: string;
  readonly logs: string;
  /** All of its environment: settings of ours do not leak in. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A program of ours in a process of its own; its output goes to a file. */
export class Child {
  readonly name: string;
  readonly logFile: string;
  /** Resolves with a sentence when it ends, wanted or not. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;

  constructor({ name, program, logs, env }: ChildOptions) {
    this.name = name;
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    this.logFile = join(logs, `${name}.log`);
    const log = openSync(this.logFile, 'w', 0o600);
    this.#process = spawn(process.execPath, ['--enable-source-maps', program], {
      env,
      // A group of its own: Ctrl-C in a terminal reaches only us, and we end the parts in order.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) =>
        resolve(`${name} could not be started: ${error.message}`),
      );
      this.#process.once('exit', (code, signal) =>
        resolve(`${name} ended with ${signal ?? `exit code ${code}`}`),
      );
    });
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isRunning(): boolean {
    return (
      this.#process.pid !== undefined &&
      this.#process.exitCode === null &&
      this.#process.signalCode === null
    );
  }

  /** SIGTERM, and SIGKILL for what has not ended after the given time. */
  async stop(milliseconds = 15_000): Promise<void> {
    if (!this.isRunning) return;
    this.#process.kill('SIGTERM');
    const waiting = new AbortController();
    const outcome = await Promise.race([
      this.ended,
      sleep(milliseconds, null, { signal: waiting.signal }).catch(() => null),
    ]);
    waiting.abort();
    if (outcome !== null) return;
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** Waits until `look` finds what it wants. Throws with the end of the log when the child ends first. */
  async until(what: string, look: () => Promise<boolean>, seconds = 60): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!(await look())) {
      if (!this.isRunning || Date.now() > deadline) {
        const why = this.isRunning
          ? `${this.name} did not become ready (${what})`
          : await this.ended;
        throw new Error(`${why}. The end of ${this.logFile}:\n${this.lastLines()}`);
      }
      await sleep(50);
    }
  }

  lastLines(): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }
}
