import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import {
  kernelText,
  KernelKeyName,
  procPathOf,
  ReadableKeyName,
  type KeyReading,
} from '@fairlead/core';
import { hasNetAdmin } from './net-admin.js';

/**
 * Kernel keys below one folder that shows /proc/sys/net: the container's own in a pod, the mount of
 * the host's in an agent that writes. Which network namespace answers is decided by who opens the
 * file, so in a pod of the host's network it is the host's either way.
 */
export class KernelFiles {
  readonly #root: string;
  readonly #mayUseNetAdmin: () => Promise<boolean>;
  #lastWrite: Promise<unknown> = Promise.resolve();

  /**
   * @param root            folder that holds what /proc/sys/net holds
   * @param mayUseNetAdmin  whether this process has CAP_NET_ADMIN
   */
  constructor(root: string, mayUseNetAdmin = hasNetAdmin) {
    this.#root = root;
    this.#mayUseNetAdmin = mayUseNetAdmin;
  }

  async read(key: ReadableKeyName): Promise<KeyReading> {
    const path = this.#pathOf(ReadableKeyName.parse(key));
    const value = await textOf(path, key);
    const isAllowed = !needNetAdmin.has(key) || (await this.#mayUseNetAdmin());
    return { key, value, writable: value !== null && isAllowed && (await mayWrite(path)) };
  }

  /**
   * Compare-and-set: writes only where the key now holds one of `expect`, and reads back. One write at
   * a time, so that no other order's write falls between the look and the write.
   * Throws KeyRefused when the kernel refuses the value; nothing has changed then.
   */
  async write(
    key: KernelKeyName,
    value: string,
    expect: readonly string[],
  ): Promise<{ found: string; written: boolean; now: string }> {
    const path = this.#pathOf(KernelKeyName.parse(key));
    const turn = this.#lastWrite.then(() => compareAndSet(path, key, value, expect));
    this.#lastWrite = turn.catch(() => undefined);
    return await turn;
  }

  #pathOf(key: ReadableKeyName): string {
    return join(this.#root, procPathOf(key).replace(/^net\//, ''));
  }
}

/**
 * Keys for which the kernel asks for CAP_NET_ADMIN beside the file's mode, and only when they are written.
 * Source: qdisc_set_default in the kernel's net/sched/sch_api.c.
 */
const needNetAdmin: ReadonlySet<ReadableKeyName> = new Set(['net.core.default_qdisc'] as const);

/** A key that is absent, or that the kernel does not let us read or set as asked. */
export class KeyRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

async function compareAndSet(
  path: string,
  key: string,
  value: string,
  expect: readonly string[],
): Promise<{ found: string; written: boolean; now: string }> {
  const wanted = kernelText(value);
  const found = await textOf(path, key);
  if (found === null) throw new KeyRefused('key-absent', `${key} does not exist here.`);
  if (!expect.map(kernelText).includes(found)) return { found, written: false, now: found };
  if (found === wanted) return { found, written: true, now: found };

  await put(path, key, wanted);
  return { found, written: true, now: (await textOf(path, key)) ?? '' };
}

// Never through a link, and never made anew: the file is the kernel's or it is not there.
const forReading = constants.O_RDONLY | constants.O_NOFOLLOW;
const forWriting = constants.O_WRONLY | constants.O_NOFOLLOW;

async function textOf(path: string, key: string): Promise<string | null> {
  try {
    return kernelText(await withFile(path, forReading, (file) => file.readFile('utf8')));
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT') return null;
    throw new KeyRefused('key-unreadable', `Cannot read ${key} (${code}).`);
  }
}

async function put(path: string, key: string, value: string): Promise<void> {
  try {
    // In one write(2): the kernel takes each as a whole value.
    await withFile(path, forWriting, (file) => file.write(`${value}\n`));
  } catch (cause) {
    throw new KeyRefused('key-refused', `The kernel refused ${key} = ${value} (${codeOf(cause)}).`);
  }
}

/** The kernel checks a key's mode and the mount when it opens the file; only a write would change anything. */
async function mayWrite(path: string): Promise<boolean> {
  try {
    return await withFile(path, forWriting, () => Promise.resolve(true));
  } catch {
    return false;
  }
}

async function withFile<T>(
  path: string,
  flags: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await open(path, flags);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

function codeOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  return code ?? 'unknown';
}
