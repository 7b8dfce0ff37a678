import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const connectionsAtOnce = 256;

/** The other end of a probe: sends back what it gets, over TCP and UDP, on every address of the pod. */
export async function startEcho(port: number): Promise<() => void> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.setTimeout(60_000, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.maxConnections = connectionsAtOnce;
  server.listen({ port, host: '::', backlog: 1024 });
  await once(server, 'listening');

  const udp = createSocket({ type: 'udp6', ipv6Only: false });
  udp.on('message', (datagram, from) => udp.send(datagram, from.port, from.address));
  udp.on('error', () => undefined);
  udp.bind(port);
  await once(udp, 'listening');

  return () => {
    server.close();
    udp.close();
  };
}
