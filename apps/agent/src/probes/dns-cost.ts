import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import { lookupOrder, ndotsIn, type ProbeOrder, type ResolverReading } from '@fairlead/core';
import { readOwnResolver } from '../resolver/resolv-conf.js';
import { ask, connectDatagrams } from './datagrams.js';
import { dnsQuery, failureIn, isAnswerTo } from './dns-message.js';
import { AttemptFailed, onSchedule, type ProbeRun } from './schedule.js';

const dnsPort = 53;

/** Lookups as glibc makes them from this pod's resolv.conf, and how many questions each one took. */
export async function probeDnsCost(
  order: Extract<ProbeOrder, { type: 'dns-cost' }>,
): Promise<ProbeRun> {
  const resolver = await readOwnResolver();
  return await onSchedule(order, async (signal) => ({
    queries: await queriesFor(order.name, resolver, dnsPort, signal),
  }));
}

/** Asks for A and AAAA of one name after another until one has an address. Throws NXDOMAIN when none has. */
export async function queriesFor(
  name: string,
  { nameservers, searches, options }: ResolverReading,
  port: number,
  signal: AbortSignal,
): Promise<number> {
  const address = nameservers.find((server) => isIP(server) !== 0);
  if (address === undefined) throw new AttemptFailed('no-nameserver');
  let queries = 0;
  for (const asked of lookupOrder(name, { searches, ndots: ndotsIn(options) })) {
    queries += 2;
    if (await hasAddress(asked, { address, port }, signal)) return queries;
  }
  throw new AttemptFailed('NXDOMAIN');
}

/** Both questions go out at once over one socket, as the C library sends them. */
async function hasAddress(
  name: string,
  server: { readonly address: string; readonly port: number },
  signal: AbortSignal,
): Promise<boolean> {
  const id = randomInt(0x1_0000);
  const questions = [dnsQuery(id, name, 'A'), dnsQuery(id ^ 1, name, 'AAAA')];
  const socket = await connectDatagrams(server);
  try {
    const failures = await Promise.all(
      questions.map(async (question) => {
        if (question === null) throw new AttemptFailed('bad-name');
        const isAnswer = (datagram: Buffer) => isAnswerTo(question, datagram);
        return failureIn(await ask(socket, question, isAnswer, signal));
      }),
    );
    return failures.includes(null);
  } finally {
    socket.close();
  }
}
