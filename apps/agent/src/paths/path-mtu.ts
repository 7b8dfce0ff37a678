import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { leastMtuBytes, type AgentOrder, type PathReading, type PathTarget } from '@fairlead/core';
import { linkOf, mtuOf } from './links.js';
import { leastProbeBytes, probeMessage, saysArrived } from './path-message.js';
import { largestThatArrives, type SizeOutcome } from './search.js';
import { headerBytes, wholeDatagrams, type WholeDatagrams } from './whole-datagrams.js';

type PathOrder = Extract<AgentOrder, { do: 'path-mtu' }>;

/** Buffers of sockets hold a few of the largest packets: more searches at once would lose their own. */
const searchesAtOnce = 16;
const lookMilliseconds = 1;

/** The largest packet that reaches each target in one piece. Targets that are this agent's own are left out. */
export async function pathMtu(order: PathOrder): Promise<PathReading[]> {
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((one) => one.address)),
  );
  const targets = order.targets.filter(({ address }) => !own.has(address));
  const readings = new Map<PathTarget, PathReading>();
  const left = targets.values();
  const work = async () => {
    for (const target of left) readings.set(target, await searchPath(target, order));
  };
  await Promise.all(Array.from({ length: searchesAtOnce }, work));
  return targets.flatMap((target) => readings.get(target) ?? []);
}

/** The search on one path, also to an address of this agent's own. */
export async function searchPath(target: PathTarget, order: PathOrder): Promise<PathReading> {
  const { address, port, token } = target;
  const socket = wholeDatagrams(address, port);
  const unknown = { address, from: null, link: null, linkMtuBytes: null };
  if (socket === null) return { ...unknown, passesBytes: null, stoppedBy: 'no-answer' };
  const link = linkOf(socket.from);
  const linkMtuBytes = link === null ? null : mtuOf(link);
  const takes = linkMtuBytes ?? order.ceilingBytes;
  const largest = Math.min(order.ceilingBytes, takes);
  const headers = headerBytes[socket.family];
  const least = Math.max(leastMtuBytes[socket.family], headers + leastProbeBytes);
  let number = 0;
  try {
    const found = await largestThatArrives(
      {
        least,
        largest,
        top: takes === linkMtuBytes && takes === largest ? 'interface' : 'ceiling',
      },
      (bytes) => tried(socket, () => probeMessage(token, (number += 1), bytes - headers), order),
    );
    return { address, from: socket.from, link, linkMtuBytes, ...found };
  } finally {
    socket.close();
  }
}

/** One size, as often as it takes to arrive or to count as lost. */
async function tried(
  socket: WholeDatagrams,
  next: () => Buffer,
  { attempts, timeoutMilliseconds }: PathOrder,
): Promise<SizeOutcome> {
  let told = 0;
  for (let at = 0; at < attempts; at += 1) {
    const message = next();
    const sent = socket.send(message);
    if (sent === 'too-big-here') return 'too-big';
    if (sent === 'unreachable') {
      await sleep(timeoutMilliseconds);
      continue;
    }
    const outcome = await heard(socket, message, timeoutMilliseconds);
    if (outcome === 'arrives') return outcome;
    // Said once it may have been of an earlier packet, on a way that is longer than the timeout.
    if (outcome === 'too-big') told += 1;
    if (told === 2) break;
  }
  return told > 0 ? 'too-big' : 'silence';
}

async function heard(
  socket: WholeDatagrams,
  message: Buffer,
  milliseconds: number,
): Promise<SizeOutcome> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const received = socket.receive();
    if (Buffer.isBuffer(received)) {
      if (saysArrived(received, message)) return 'arrives';
      continue;
    }
    if (received === 'told') return 'too-big';
    const left = deadline - performance.now();
    if (left <= 0) return 'silence';
    await sleep(Math.min(left, lookMilliseconds));
  }
}
