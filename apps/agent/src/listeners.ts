import { readFile } from 'node:fs/promises';
import type { AgentAnswer } from '@fairlead/core';

type Listener = AgentAnswer<'read-listeners'>['listeners'][number];

const files = [
  { file: 'tcp', protocol: 'tcp', state: '0A' },
  { file: 'tcp6', protocol: 'tcp', state: '0A' },
  // An unconnected UDP socket: it hears whoever sends to its port.
  { file: 'udp', protocol: 'udp', state: '07' },
  { file: 'udp6', protocol: 'udp', state: '07' },
] as const;

/** Who listens on these ports in this network namespace, from the kernel's own tables. */
export async function readListeners(
  ports: readonly number[],
): Promise<AgentAnswer<'read-listeners'>> {
  const found: Listener[] = [];
  for (const { file, protocol, state } of files) {
    // Without IPv6 there are no files of it.
    const text = await readFile(`/proc/net/${file}`, 'utf8').catch(() => '');
    found.push(...listenersIn(text, protocol, state).filter(({ port }) => ports.includes(port)));
  }
  const byPlace = new Map(found.map((one) => [`${one.protocol} ${one.address} ${one.port}`, one]));
  return { listeners: [...byPlace.values()] };
}

/** Sockets in a table of /proc/net that are in the state. */
export function listenersIn(text: string, protocol: 'udp' | 'tcp', state: string): Listener[] {
  return text.split('\n').flatMap((line) => {
    const [, local = '', , found] = line.trim().split(/\s+/);
    const [hex = '', port = ''] = local.split(':');
    if (found !== state || !/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return [];
    return [{ protocol, address: addressText(hex), port: Number.parseInt(port, 16) }];
  });
}

/** The kernel prints each 32-bit word in the machine's own order: little-endian wherever we run. */
function addressText(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  const isMapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff;
  if (isMapped) return bytes.slice(12).join('.');
  const groups = Array.from({ length: 8 }, (_, at) => {
    return (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16);
  });
  return groups.join(':');
}
