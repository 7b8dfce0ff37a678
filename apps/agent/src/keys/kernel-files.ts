import { constants } from 'node:fs';
import { access, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  kernelText,
  KernelKeyName,
  procPathOf,
  ReadableKeyName,
  type KeyReading,
} from '@fairlead/core';

/**
 * Kernel keys below one folder that shows /proc/sys/net: the container's own in a pod, the mount of
 * the host's in an agent that writes. Which network namespace answers is decided by who opens the
 * file, so in a pod of the host's network it is the host's either way.
 */
export class KernelFiles {
  readonly #root: string;

  /** @param root  folder that holds what /proc/sys/net holds */
  constructor(root: string) {
    this.#root = root;
  }

  async read(key: ReadableKeyName): Promise<KeyReading> {
    const path = this.#pathOf(ReadableKeyName.parse(key));
    const value = await this.#text(path);
    return { key, value, writable: value !== null && (await mayWrite(path)) };
  }

  /**
   * Compare-and-set: writes only where the key now holds one of `expect`, and reads back.
   * Throws when the kernel refuses the value; nothing has changed then.
   */
  async write(
    key: KernelKeyName,
    value: string,
    expect: readonly string[],
  ): Promise<{ found: string; written: boolean; now: string }> {
    const path = this.#pathOf(KernelKeyName.parse(key));
    const found = await this.#text(path);
    if (found === null) throw new KeyRefused('key-absent', `${key} does not exist here.`);
    if (!expect.map(kernelText).includes(found)) return { found, written: false, now: found };
    if (found === kernelText(value)) return { found, written: true, now: found };

    await this.#put(path, key, value);
    return { found, written: true, now: (await this.#text(path)) ?? '' };
  }

  async #put(path: string, key: string, value: string): Promise<void> {
    try {
      // Never through a link, and never made anew: the file is the kernel's or it is not there.
      const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
      try {
        await file.write(`${value}\n`);
      } finally {
        await file.close();
      }
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw new KeyRefused(
        'key-refused',
        `The kernel refused ${key} = ${value} (${code ?? 'unknown'}).`,
      );
    }
  }

  #pathOf(key: ReadableKeyName): string {
    return join(this.#root, procPathOf(key).replace(/^net\//, ''));
  }

  async #text(path: string): Promise<string | null> {
    try {
      return kernelText(await readFile(path, 'utf8'));
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return null;
      throw new KeyRefused('key-unreadable', `Cannot read ${path} (${code ?? 'unknown'}).`);
    }
  }
}

/** A key that is absent, or that the kernel does not let us read or set as asked. */
export class KeyRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Mode and mount by access(2), then an open without a write: root passes the first on a 0444 file. */
async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK);
    const file = await open(path, constants.O_WRONLY | constants.O_NOFOLLOW);
    await file.close();
    return true;
  } catch {
    return false;
  }
}
