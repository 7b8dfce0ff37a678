import type { AgentAnswer, ProbeOrder } from '@fairlead/core';
import { probeDns } from './dns.js';
import { probeDnsCost } from './dns-cost.js';
import { probeTcpConnect, probeTcpRoundTrip } from './tcp.js';
import { probeUdp } from './udp.js';

/** Runs one probe to its end. An attempt that fails is an attempt with a code; only a broken order throws. */
export async function runProbe(order: ProbeOrder): Promise<AgentAnswer<'probe'>> {
  switch (order.type) {
    case 'tcp-crr':
      return await probeTcpConnect(order);
    case 'tcp-rr':
      return await probeTcpRoundTrip(order);
    case 'udp-rr':
      return await probeUdp(order);
    case 'dns':
      return await probeDns(order);
    case 'dns-cost':
      return await probeDnsCost(order);
  }
}
