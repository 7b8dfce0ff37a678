import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const root = join(import.meta.dirname, '../..');

export interface Program {
  readonly pid: number;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** Runs a script on this Node as a process of its own; what it prints to standard error is shown. */
export function startProgram(
  script: string,
  env: Readonly<Record<string, string>>,
  options: {
    readonly nodeFlags?: readonly string[];
    readonly args?: readonly string[];
    readonly piped?: boolean;
  } = {},
): Program {
  const { nodeFlags = [], args = [], piped = false } = options;
  const child = spawn(process.execPath, [...nodeFlags, join(root, script), ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: piped ? ['pipe', 'pipe', 'inherit'] : ['ignore', 'ignore', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`Could not start ${script}`);
  return {
    pid,
    child,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(killer);
    },
  };
}

/** Waits until an address answers with success. */
export async function untilAnswers(url: string): Promise<void> {
  await until(async () => (await fetch(url).catch(() => null))?.ok === true, 60, url);
}

export async function until(
  isSo: () => Promise<boolean>,
  seconds: number,
  what: string,
): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await isSo()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Of one process, MiB. */
export interface Memory {
  readonly resident: number;
  /** The most that was ever resident. */
  readonly most: number;
  /** What of it is the process' own: the rest are pages of files, Node itself above all. */
  readonly anonymous: number;
}

export async function memoryOf(pid: number): Promise<Memory> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { resident: read('VmRSS'), most: read('VmHWM'), anonymous: read('RssAnon') };
}
