import { Resolver } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { ProbeOrder } from '@fairlead/core';
import { AttemptFailed, onSchedule } from './schedule.js';

/** One A lookup of exactly this name each time, by a resolver that knows no search path and keeps no cache. */
export function probeDns(order: Extract<ProbeOrder, { type: 'dns' }>) {
  const { address, port } = order.target;
  const server = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  return onSchedule(order, async (signal) => {
    // One try: a resolver that asks again by itself would hide a lost packet.
    const resolver = new Resolver({ timeout: order.timeoutMilliseconds, tries: 1 });
    resolver.setServers([server]);
    const onAbort = () => resolver.cancel();
    signal.addEventListener('abort', onAbort);
    try {
      await resolver.resolve4(order.name);
    } catch (error) {
      throw new AttemptFailed(codes[(error as NodeJS.ErrnoException).code ?? ''] ?? 'failed');
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  });
}

const codes: Readonly<Record<string, string>> = {
  ENOTFOUND: 'NXDOMAIN',
  ENODATA: 'NODATA',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ECONNREFUSED: 'ECONNREFUSED',
  ETIMEOUT: 'timeout',
  ECANCELLED: 'timeout',
};
