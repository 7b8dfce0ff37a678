import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { ProbeOrder } from '@fairlead/core';
import { AttemptFailed, onSchedule } from './schedule.js';

/** A datagram and its echo. Each carries its number, so that a late answer is not taken for the next one's. */
export async function probeUdp(order: Extract<ProbeOrder, { type: 'udp-rr' }>) {
  const socket = await connected(order.target.address, order.target.port);
  let number = 0;
  try {
    return await onSchedule(order, async (signal) => {
      number += 1;
      const request = Buffer.alloc(Math.max(order.payloadBytes, 4), 'f');
      request.writeUInt32BE(number, 0);
      await ask(socket, request, (answer) => answer.equals(request), signal);
    });
  } finally {
    socket.close();
  }
}

/** A socket that talks to one address only, so that nobody else's datagrams are heard. */
export async function connected(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  socket.connect(port, address);
  await once(socket, 'connect');
  return socket;
}

/** Sends, and waits for the first datagram that is the answer. */
export function ask(
  socket: Socket,
  request: Buffer,
  isAnswer: (datagram: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise<Buffer>((resolve, reject) => {
    const onMessage = (datagram: Buffer) => {
      if (isAnswer(datagram)) finish(null, datagram);
    };
    const onError = (error: Error) => finish(error);
    const onAbort = () => finish(new AttemptFailed('timeout'));
    const finish = (error: Error | null, answer: Buffer = Buffer.alloc(0)) => {
      socket.off('message', onMessage).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      if (error === null) resolve(answer);
      else reject(error);
    };
    socket.on('message', onMessage).on('error', onError);
    signal.addEventListener('abort', onAbort);
    socket.send(request, (error) => {
      if (error) finish(error);
    });
  });
}
