import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const connectionsAtOnce = 256;
const idleMilliseconds = 60_000;
/** Below it are services. */
const firstClientPort = 1024;

export interface Echo {
  /** Of both; the same as asked for, or what the kernel chose for 0. */
  readonly port: number;
  close(): void;
}

/** The other end of a probe: sends back what it gets, over TCP and UDP, on every address of the pod. */
export async function startEcho(port: number): Promise<Echo> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.setTimeout(idleMilliseconds, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.maxConnections = connectionsAtOnce;
  // Without a host Node takes `::`, and 0.0.0.0 where a kernel has no IPv6.
  server.listen({ port, backlog: 1024 });
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;

  const udp = await boundDatagrams('udp6', bound).catch(() => boundDatagrams('udp4', bound));
  udp.on('error', () => undefined);
  udp.on('message', (datagram, from) => {
    if (isClientPort(from.port, bound)) {
      udp.send(datagram, from.port, from.address, () => undefined);
    }
  });

  return {
    port: bound,
    close() {
      server.close();
      udp.close();
    },
  };
}

/** Two echoes that a forged sender made to talk to each other would never stop. */
export function isClientPort(port: number, ownPort: number): boolean {
  return port >= firstClientPort && port !== ownPort;
}

async function boundDatagrams(type: 'udp4' | 'udp6', port: number): Promise<Socket> {
  const socket = createSocket(type);
  try {
    const listening = once(socket, 'listening');
    socket.bind(port);
    await listening;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}
