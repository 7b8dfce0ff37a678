import { isIPv6 } from 'node:net';
import { cLibrary, errors } from './native.js';

// From linux/in.h, linux/in6.h and bits/socket.h.
const families = { ipv4: 2, ipv6: 10 } as const;
const datagramNonBlocking = 2 | 0o4000;
const levels = { ipv4: 0, ipv6: 41 } as const;
const mtuDiscover = { ipv4: 10, ipv6: 23 } as const;
/** Don't-fragment on every packet, and no heed of what the kernel remembers of the path: each size is tried anew. */
const probe = 3;
const ipv6DontFragment = 62;

/** Bytes of the IP and the UDP header before a datagram's data. */
export const headerBytes = { ipv4: 28, ipv6: 48 } as const;

/** `too-big-here`: the link that it would leave by takes no such packet. */
export type Sent = 'sent' | 'too-big-here' | 'unreachable';
/** `told`: ICMP says that a packet of this socket was too big for a link on the way. */
export type Received = Buffer | 'nothing' | 'told' | 'unreachable';

/** A UDP socket to one address whose packets are never cut up, neither here nor on the way. */
export interface WholeDatagrams {
  readonly family: 'ipv4' | 'ipv6';
  /** The address that the packets leave by. */
  readonly from: string;
  send(data: Buffer): Sent;
  receive(): Received;
  close(): void;
}

/** Null where there is no route to the address. */
export function wholeDatagrams(address: string, port: number): WholeDatagrams | null {
  const c = cLibrary();
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const fd = c.socket(families[family], datagramNonBlocking, 0);
  if (fd === -1) return null;
  const set = (name: number, value: number) => {
    const word = Buffer.alloc(4);
    word.writeInt32LE(value);
    return c.setsockopt(fd, levels[family], name, word, word.length);
  };
  const name = socketAddress(address, port);
  const isReady =
    set(mtuDiscover[family], probe) === 0 &&
    (family === 'ipv4' || set(ipv6DontFragment, 1) === 0) &&
    c.connect(fd, name, name.length) === 0;
  if (!isReady) {
    c.close(fd);
    return null;
  }
  const answer = Buffer.alloc(128);
  const receive = (): Received => {
    const size = c.recv(fd, answer, answer.length, 0);
    if (size >= 0) return Buffer.from(answer.subarray(0, size));
    const error = c.errno();
    if (error === errors.again) return 'nothing';
    return error === errors.messageTooLong ? 'told' : 'unreachable';
  };

  return {
    family,
    from: ownAddress(fd, family),
    send(data) {
      // What ICMP said of earlier packets waits for the next call, whichever that is.
      while (receive() !== 'nothing');
      if (c.send(fd, data, data.length, 0) === data.length) return 'sent';
      return c.errno() === errors.messageTooLong ? 'too-big-here' : 'unreachable';
    },
    receive,
    close: () => void c.close(fd),
  };
}

/** `struct sockaddr_in` or `sockaddr_in6`: the family in the machine's order, port and address in the network's. */
export function socketAddress(address: string, port: number): Buffer {
  const isSix = isIPv6(address);
  const name = Buffer.alloc(isSix ? 28 : 16);
  name.writeUInt16LE(isSix ? families.ipv6 : families.ipv4, 0);
  name.writeUInt16BE(port, 2);
  if (isSix) groupsOf(address).forEach((group, at) => name.writeUInt16BE(group, 8 + 2 * at));
  else address.split('.').forEach((byte, at) => name.writeUInt8(Number(byte), 4 + at));
  return name;
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  // The URL parser writes out what `::` and a dotted tail stand for in one form.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = text.split('::');
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(head), numbers(tail ?? '')];
  const gap = tail === undefined ? 0 : 8 - first.length - last.length;
  return [...first, ...Array.from({ length: gap }, () => 0), ...last];
}

function ownAddress(fd: number, family: 'ipv4' | 'ipv6'): string {
  const name = Buffer.alloc(28);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(name.length);
  if (cLibrary().getsockname(fd, name, size) !== 0) return '';
  if (family === 'ipv4') return [...name.subarray(4, 8)].join('.');
  const groups = Array.from({ length: 8 }, (_, at) => name.readUInt16BE(8 + 2 * at).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
