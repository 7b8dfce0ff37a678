import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isClientPort, startEcho } from './echo.js';

describe('startEcho', () => {
  it('sends back what it gets, over TCP and UDP on one port', async () => {
    const echo = await startEcho(0);
    const tcp = connect(echo.port, '127.0.0.1');
    const udp = createSocket('udp4');

    tcp.write('a stream');
    const [overTcp] = (await once(tcp, 'data')) as [Buffer];
    udp.send('a datagram', echo.port, '127.0.0.1');
    const [overUdp] = (await once(udp, 'message')) as [Buffer];

    expect([overTcp.toString(), overUdp.toString()]).toEqual(['a stream', 'a datagram']);
    tcp.destroy();
    udp.close();
    echo.close();
  });

  it('lives on when a client breaks off', async () => {
    const echo = await startEcho(0);
    const broken = connect(echo.port, '127.0.0.1');
    await once(broken, 'connect');
    broken.write(Buffer.alloc(1_000_000));
    broken.resetAndDestroy();

    const next = connect(echo.port, '127.0.0.1');
    next.write('still there');
    const [heard] = (await once(next, 'data')) as [Buffer];

    expect(heard.toString()).toBe('still there');
    next.destroy();
    echo.close();
  });
});

describe('isClientPort', () => {
  it('answers no service and no other echo, with which it would never stop talking', () => {
    expect(isClientPort(7, 10_711)).toBe(false);
    expect(isClientPort(10_711, 10_711)).toBe(false);
    expect(isClientPort(40_000, 10_711)).toBe(true);
  });
});
