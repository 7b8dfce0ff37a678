import { readFile } from 'node:fs/promises';

/** CAP_NET_ADMIN, from linux/capability.h. */
const netAdminBit = 12n;

export async function hasNetAdmin(): Promise<boolean> {
  return showsNetAdmin(await readFile('/proc/self/status', 'utf8'));
}

/** @param status  text of /proc/PID/status, whose `CapEff` are the effective capabilities, hexadecimal */
export function showsNetAdmin(status: string): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> netAdminBit) & 1n) === 1n;
}
