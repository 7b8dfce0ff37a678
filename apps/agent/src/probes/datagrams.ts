import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { AttemptFailed } from './schedule.js';

/** A socket that talks to one address only, so that nobody else's datagrams are heard. */
export async function connectDatagrams({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  // For the whole of its life: an ICMP answer that comes late would otherwise end the agent.
  socket.on('error', () => undefined);
  try {
    const connected = once(socket, 'connect');
    socket.connect(port, address);
    await connected;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** Sends, and waits for the first datagram that is the answer. */
export function ask(
  socket: Socket,
  request: Buffer,
  isAnswer: (datagram: Buffer) => boolean,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      socket.off('message', onMessage).off('error', onError);
      signal.removeEventListener('abort', onAbort);
    };
    const onMessage = (datagram: Buffer) => {
      if (!isAnswer(datagram)) return;
      stop();
      resolve(datagram);
    };
    const onError = (error: Error) => {
      stop();
      reject(error);
    };
    const onAbort = () => onError(new AttemptFailed('timeout'));
    socket.on('message', onMessage).on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.send(request, (error) => {
      if (error) onError(error);
    });
  });
}
