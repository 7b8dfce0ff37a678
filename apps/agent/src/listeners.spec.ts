import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listenersIn, readListeners } from './listeners.js';

const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  101: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   101        0 20817 2 0000000000000000 0
  102: 0100007F:C350 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 20818 2 0000000000000000 0
`;
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 23456 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000A14FEA9:0035 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 23457 1 0000000000000000 100 0 0 10 0
`;

describe('listenersIn', () => {
  it('names the address and port of sockets that listen, and no others', () => {
    expect(listenersIn(udp, 'udp', '07')).toEqual([
      { protocol: 'udp', address: '127.0.0.53', port: 53 },
    ]);
  });

  it('reads IPv6 addresses, and IPv4 ones inside them', () => {
    expect(listenersIn(tcp6, 'tcp', '0A')).toEqual([
      { protocol: 'tcp', address: '::', port: 8080 },
      { protocol: 'tcp', address: '169.254.20.10', port: 53 },
    ]);
  });
});

describe('readListeners', () => {
  it('finds a server of this machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };

    const { listeners } = await readListeners([port]);
    server.close();

    expect(listeners).toEqual([{ protocol: 'tcp', address: '127.0.0.1', port }]);
  });
});
