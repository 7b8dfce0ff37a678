import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { ProbeOrder } from '@fairlead/core';
import { AttemptFailed, onSchedule, type ProbeRun } from './schedule.js';

type TcpOrder = Extract<ProbeOrder, { type: 'tcp-crr' | 'tcp-rr' }>;

/** A new connection for each attempt: connect, one request, its echo, close. */
export function probeTcpConnect(order: TcpOrder): Promise<ProbeRun> {
  const request = Buffer.alloc(order.payloadBytes, 'f');
  return onSchedule(order, async (signal) => {
    const socket = await open(order, signal);
    try {
      await exchange(socket, request, signal);
    } finally {
      socket.destroy();
    }
  });
}

/** Request and echo over one connection, opened before the first attempt is due and again after it broke. */
export async function probeTcpRoundTrip(order: TcpOrder): Promise<ProbeRun> {
  const request = Buffer.alloc(order.payloadBytes, 'f');
  let socket = await open(order, AbortSignal.timeout(order.timeoutMilliseconds)).catch(() => null);
  try {
    return await onSchedule(order, async (signal) => {
      socket ??= await open(order, signal);
      try {
        await exchange(socket, request, signal);
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
  // For the whole of its life: an error that nobody listens to would end the agent.
  socket.on('error', () => undefined);
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Sends the request and reads its echo, byte for byte. */
function exchange(socket: Socket, request: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.destroyed) {
      reject(new AttemptFailed('closed'));
      return;
    }
    let seen = 0;
    const finish = (failure?: Error) => {
      socket.off('data', onData).off('error', finish).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (failure === undefined) resolve();
      else reject(failure);
    };
    const onData = (chunk: Buffer) => {
      const isEcho = chunk.equals(request.subarray(seen, seen + chunk.length));
      seen += chunk.length;
      if (!isEcho) finish(new AttemptFailed('wrong-answer'));
      else if (seen === request.length) finish();
    };
    const onClose = () => finish(new AttemptFailed('closed'));
    const onAbort = () => finish(new AttemptFailed('timeout'));
    socket.on('data', onData).on('error', finish).on('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.write(request);
  });
}
