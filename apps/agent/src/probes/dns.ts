import { randomInt, randomUUID } from 'node:crypto';
import type { ProbeOrder } from '@fairlead/core';
import { ask, connectDatagrams } from './datagrams.js';
import { dnsQuery, failureIn, isAnswerTo } from './dns-message.js';
import { AttemptFailed, onSchedule, type ProbeRun } from './schedule.js';

/**
 * One A lookup of exactly this name each time, or of a fresh one below it. No resolver stands between: none that keeps a cache, knows a search
 * path, or asks again by itself and so hides a lost packet. Each lookup has a source port of its own, as lookups of
 * programs do.
 */
export function probeDns(order: Extract<ProbeOrder, { type: 'dns' }>): Promise<ProbeRun> {
  return onSchedule(order, async (signal) => {
    const name = order.fresh === true ? `${randomUUID()}.${order.name}` : order.name;
    const query = dnsQuery(randomInt(0x1_0000), name);
    if (query === null) throw new AttemptFailed('bad-name');
    const socket = await connectDatagrams(order.target);
    try {
      const answer = await ask(socket, query, (datagram) => isAnswerTo(query, datagram), signal);
      const failure = failureIn(answer);
      if (failure === 'NXDOMAIN' && order.absentIsAnswer === true) return;
      if (failure !== null) throw new AttemptFailed(failure);
    } finally {
      socket.close();
    }
  });
}
