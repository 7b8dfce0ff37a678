import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { LinkReading } from '@fairlead/core';
import { cLibrary } from './native.js';

/** SIOCGIFMTU of linux/sockios.h. */
const readMtu = 0x8921;
const nameBytes = 16;

/**
 * The links of this process's own network namespace with their MTU. Asked of the kernel by a socket, which is
 * always of the process's namespace: /sys stays that of whoever mounted it when a process enters another one.
 */
export async function readLinks(): Promise<LinkReading[]> {
  const addresses = networkInterfaces();
  return linkNames(await readFile('/proc/net/dev', 'utf8'))
    .filter((name) => name !== 'lo')
    .toSorted()
    .flatMap((name) => {
      const mtuBytes = mtuOf(name);
      // One that went meanwhile is none.
      if (mtuBytes === null) return [];
      return [{ name, mtuBytes, addresses: (addresses[name] ?? []).map((one) => one.address) }];
    });
}

/** @param table  text of /proc/net/dev: two lines of headings, then a line for each link */
export function linkNames(table: string): string[] {
  return table
    .split('\n')
    .slice(2)
    .flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
}

/** The name of the link that has an address; null where none has. */
export function linkOf(address: string): string | null {
  const found = Object.entries(networkInterfaces()).find(([, list]) =>
    (list ?? []).some((one) => one.address === address),
  );
  return found?.[0] ?? null;
}

export function mtuOf(name: string): number | null {
  const c = cLibrary();
  const request = Buffer.alloc(40);
  request.write(name.slice(0, nameBytes - 1), 'latin1');
  const fd = c.socket(2, 2, 0);
  if (fd === -1) return null;
  try {
    return c.ioctl(fd, readMtu, request) === 0 ? request.readInt32LE(nameBytes) : null;
  } finally {
    c.close(fd);
  }
}
