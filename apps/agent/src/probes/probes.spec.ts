import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AgentAnswers, ProbeOrder } from '@fairlead/core';
import { startEcho } from '../echo.js';
import { runProbe } from './run-probe.js';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function echoPort(): Promise<number> {
  const echo = await startEcho(0);
  closing.push(() => echo.close());
  return echo.port;
}

/** A port on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

async function answering(
  reply: (request: Buffer, server: Socket, port: number) => void,
): Promise<number> {
  const server = createSocket('udp4');
  server.on('message', (request, from) => reply(request, server, from.port));
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return server.address().port;
}

function aProbe(overrides: object): ProbeOrder {
  return ProbeOrder.parse({
    count: 5,
    intervalMilliseconds: 5,
    timeoutMilliseconds: 500,
    ...overrides,
  });
}

async function attemptsOf(overrides: object) {
  const answer = await runProbe(aProbe(overrides));
  return AgentAnswers.probe.parse(answer).attempts;
}

const payloadBytes = 64;

describe.each(['tcp-crr', 'tcp-rr', 'udp-rr'])('%s', (type) => {
  it.each(['127.0.0.1', '::1'])('measures every attempt against an echo on %s', async (address) => {
    const attempts = await attemptsOf({
      type,
      payloadBytes,
      target: { address, port: await echoPort() },
    });

    expect(attempts.map(({ dueMilliseconds }) => dueMilliseconds)).toEqual([0, 5, 10, 15, 20]);
    expect(attempts.map(({ error }) => error)).toEqual(Array(5).fill(undefined));
    for (const { milliseconds } of attempts) {
      expect(milliseconds).toBeGreaterThan(0);
      expect(milliseconds).toBeLessThan(500);
    }
  });

  it('tells a refused connection by its code in every attempt, and lives', async () => {
    const target = { address: '127.0.0.1', port: await deadPort() };

    const attempts = await attemptsOf({ type, payloadBytes, target });

    expect(attempts.map(({ error }) => error)).toEqual(Array(5).fill('ECONNREFUSED'));
  });

  it('carries a request of the largest size', async () => {
    const largest = type === 'udp-rr' ? 1400 : 65_536;
    const target = { address: '127.0.0.1', port: await echoPort() };

    const attempts = await attemptsOf({ type, target, payloadBytes: largest, count: 2 });

    expect(attempts.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  it('carries a request of one byte', async () => {
    const target = { address: '127.0.0.1', port: await echoPort() };

    const attempts = await attemptsOf({
      type,
      target,
      payloadBytes: 1,
      count: 300,
      intervalMilliseconds: 0,
      timeoutMilliseconds: 20_000,
    });

    expect(attempts.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});

describe('tcp-rr', () => {
  it('keeps one connection for all attempts, where tcp-crr makes one for each', async () => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => undefined).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const target = { address: '127.0.0.1', port: portOf(server) };

    await attemptsOf({ type: 'tcp-rr', payloadBytes, target });
    expect(connections).toBe(1);
    await attemptsOf({ type: 'tcp-crr', payloadBytes, target });

    expect(connections).toBe(6);
  });

  it('connects anew after the other end closed', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', (request) => socket.end(request));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const target = { address: '127.0.0.1', port: portOf(server) };

    const attempts = await attemptsOf({
      type: 'tcp-rr',
      payloadBytes,
      target,
      intervalMilliseconds: 20,
    });

    expect(attempts.map(({ error }) => error ?? 'ok')).toContain('closed');
    expect(attempts.filter(({ error }) => error === undefined).length).toBeGreaterThanOrEqual(2);
  });

  it('takes no other bytes for the echo', async () => {
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (request) => {
          socket.write(Buffer.alloc(request.length, 'x'));
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const target = { address: '127.0.0.1', port: portOf(server) };

    const attempts = await attemptsOf({ type: 'tcp-rr', payloadBytes, target });

    expect(attempts.map(({ error }) => error)).toEqual(Array(5).fill('wrong-answer'));
  });
});

describe('udp-rr', () => {
  it('tells silence as a timeout', async () => {
    const port = await answering(() => undefined);

    const attempts = await attemptsOf({
      type: 'udp-rr',
      payloadBytes,
      target: { address: '127.0.0.1', port },
      count: 2,
      timeoutMilliseconds: 40,
    });

    expect(attempts.map(({ error }) => error)).toEqual(['timeout', 'timeout']);
  });

  it('does not take a late echo for the answer to the next request', async () => {
    let held: Buffer | null = null;
    const port = await answering((request, server, from) => {
      if (held !== null) server.send(held, from, '127.0.0.1');
      held = Buffer.from(request);
    });

    const attempts = await attemptsOf({
      type: 'udp-rr',
      payloadBytes,
      target: { address: '127.0.0.1', port },
      count: 3,
      intervalMilliseconds: 50,
      timeoutMilliseconds: 40,
    });

    expect(attempts.map(({ error }) => error)).toEqual(['timeout', 'timeout', 'timeout']);
  });
});

describe('dns', () => {
  const nameIn = (query: Buffer) => query.subarray(12, query.length - 4).toString('latin1');
  const answerTo = (query: Buffer, { code = 0, addresses = 0, flags = 0x8180 } = {}) => {
    const answer = Buffer.from(query);
    answer.writeUInt16BE(flags | code, 2);
    answer.writeUInt16BE(addresses, 6);
    return answer;
  };
  const asking = (port: number, overrides: object = {}) =>
    attemptsOf({
      type: 'dns',
      name: 'example.com',
      target: { address: '127.0.0.1', port },
      ...overrides,
    });

  it('asks for exactly the name that it was given, each time from another port', async () => {
    const seen: [string, number][] = [];
    const port = await answering((query, server, from) => {
      seen.push([nameIn(query), from]);
      server.send(answerTo(query, { addresses: 1 }), from, '127.0.0.1');
    });

    const attempts = await asking(port);

    expect(attempts.map(({ error }) => error)).toEqual(Array(5).fill(undefined));
    expect(seen.map(([name]) => name)).toEqual(Array(5).fill('\u0007example\u0003com\u0000'));
    expect(new Set(seen.map(([, from]) => from)).size).toBeGreaterThan(1);
  });

  it('asks for a name that nobody has asked for, and takes its absence for an answer', async () => {
    const seen = new Set<string>();
    const port = await answering((query, server, from) => {
      seen.add(nameIn(query));
      server.send(answerTo(query, { code: 3 }), from, '127.0.0.1');
    });

    const attempts = await asking(port, { fresh: true, absentIsAnswer: true });

    expect(attempts.map(({ error }) => error)).toEqual(Array(5).fill(undefined));
    expect(seen.size).toBe(5);
    for (const name of seen) expect(name).toMatch(/\u0007example\u0003com\u0000$/);
  });

  it.each([
    ['NXDOMAIN', { code: 3 }],
    ['SERVFAIL', { code: 2 }],
    ['REFUSED', { code: 5 }],
    ['RCODE9', { code: 9 }],
    ['NODATA', { addresses: 0 }],
    ['truncated', { flags: 0x8380, addresses: 1 }],
  ])('tells %s by name', async (error, form) => {
    const port = await answering((query, server, from) => {
      server.send(answerTo(query, form), from, '127.0.0.1');
    });

    expect((await asking(port, { count: 1 }))[0]).toEqual({ dueMilliseconds: 0, error });
  });

  it('waits for the answer to its own question', async () => {
    const port = await answering((query, server, from) => {
      const stranger = answerTo(query, { addresses: 1 });
      stranger.writeUInt16BE((stranger.readUInt16BE(0) + 1) % 65_536, 0);
      server.send(stranger, from, '127.0.0.1');
      server.send(Buffer.from('short'), from, '127.0.0.1');
    });

    const attempts = await asking(port, { count: 1, timeoutMilliseconds: 40 });

    expect(attempts).toEqual([{ dueMilliseconds: 0, error: 'timeout' }]);
  });

  it.each(['', '.', 'a..b', 'with blank.com', `${'x'.repeat(64)}.com`])(
    'sends nothing for "%s", which is no name',
    async (name) => {
      const attempts = await asking(await deadPort(), { name, count: 1 });

      expect(attempts).toEqual([{ dueMilliseconds: 0, error: 'bad-name' }]);
    },
  );
});
