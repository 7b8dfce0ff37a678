import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queriesFor } from './dns-cost.js';

/** A server that knows one name, and remembers what it was asked. */
describe('queriesFor', () => {
  let server: Socket;
  let port: number;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createSocket('udp4');
    server.on('message', (query, from) => {
      const name = nameIn(query);
      asked.push(name);
      const answer = Buffer.from(query);
      const isKnown = name === 'example.com' && query.at(-3) === 1;
      answer.writeUInt16BE(name === 'example.com' ? 0x8180 : 0x8183, 2);
      answer.writeUInt16BE(isKnown ? 1 : 0, 6);
      server.send(answer, from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    port = server.address().port;
  });
  afterEach(() => {
    server.close();
  });

  const resolver = (ndots: number) => ({
    nameservers: ['127.0.0.1'],
    searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    options: [`ndots:${ndots}`],
  });
  const patience = () => AbortSignal.timeout(5000);

  it.each([
    [5, 8],
    [2, 8],
    [1, 2],
  ])('counts what a server is asked for one external name at ndots %i', async (ndots, expected) => {
    expect(await queriesFor('example.com', resolver(ndots), port, patience())).toBe(expected);
    expect(asked).toHaveLength(expected);
  });

  it('says so when no name of the path has an address', async () => {
    const lookup = queriesFor('nowhere.test', resolver(5), port, patience());

    await expect(lookup).rejects.toMatchObject({ code: 'NXDOMAIN' });
    expect(asked).toHaveLength(8);
  });
});

function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12; query[at] !== 0;) {
    const length = query[at] ?? 0;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return labels.join('.');
}
