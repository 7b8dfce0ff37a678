import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { ProbeOrder } from '@fairlead/core';
import { AttemptFailed, onSchedule } from './schedule.js';

type TcpOrder = Extract<ProbeOrder, { type: 'tcp-crr' | 'tcp-rr' }>;

/** A new connection for each attempt: connect, one request, its echo, close. */
export function probeTcpConnect(order: TcpOrder) {
  const payload = Buffer.alloc(order.payloadBytes, 'f');
  return onSchedule(order, async (signal) => {
    const socket = await open(order, signal);
    try {
      await exchange(socket, payload, signal);
    } finally {
      socket.destroy();
    }
  });
}

/** Request and echo over one connection, opened before the first attempt is due and again after it broke. */
export async function probeTcpRoundTrip(order: TcpOrder) {
  const payload = Buffer.alloc(order.payloadBytes, 'f');
  let socket = await open(order, AbortSignal.timeout(order.timeoutMilliseconds)).catch(() => null);
  try {
    return await onSchedule(order, async (signal) => {
      socket ??= await open(order, signal);
      try {
        await exchange(socket, payload, signal);
      } catch (error) {
        // What comes late would be taken for the next answer.
        socket.destroy();
        socket = null;
        throw error;
      }
    });
  } finally {
    socket?.destroy();
  }
}

async function open(order: TcpOrder, signal: AbortSignal): Promise<Socket> {
  const { address: host, port } = order.target;
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, 'connect', { signal });
    socket.on('error', () => socket.destroy());
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function exchange(socket: Socket, payload: Buffer, signal: AbortSignal): Promise<void> {
  let missing = payload.length;
  await new Promise<void>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      if (!chunk.equals(payload.subarray(0, chunk.length)))
        finish(new AttemptFailed('wrong-answer'));
      missing -= chunk.length;
      if (missing === 0) finish();
      if (missing < 0) finish(new AttemptFailed('wrong-answer'));
    };
    const onClose = () => finish(new AttemptFailed('closed'));
    const onAbort = () => finish(new AttemptFailed('timeout'));
    const finish = (error?: Error) => {
      socket.off('data', onData).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve();
    };
    if (signal.aborted || socket.destroyed) {
      reject(new AttemptFailed(signal.aborted ? 'timeout' : 'closed'));
      return;
    }
    socket.on('data', onData).on('close', onClose);
    signal.addEventListener('abort', onAbort);
    socket.write(payload);
  });
}
