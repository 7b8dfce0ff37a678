import type { Socket } from 'node:dgram';
import type { ProbeOrder } from '@fairlead/core';
import { ask, connectDatagrams } from './datagrams.js';
import { onSchedule, type ProbeRun } from './schedule.js';

/** A datagram and its echo. Each carries its number, so that a late answer is not taken for the next one's. */
export async function probeUdp(order: Extract<ProbeOrder, { type: 'udp-rr' }>): Promise<ProbeRun> {
  let socket: Socket | null = null;
  let number = 0;
  try {
    return await onSchedule(order, async (signal) => {
      socket ??= await connectDatagrams(order.target);
      number += 1;
      const request = numbered(order.payloadBytes, number);
      await ask(socket, request, (answer) => answer.equals(request), signal);
    });
  } finally {
    (socket as Socket | null)?.close();
  }
}

function numbered(bytes: number, number: number): Buffer {
  const datagram = Buffer.alloc(bytes, 'f');
  const width = Math.min(bytes, 4);
  datagram.writeUIntBE(number % 256 ** width, 0, width);
  return datagram;
}
