import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseMetric } from './parse-metrics.js';
import { readMetrics } from './read-metrics.js';

describe('parseMetric', () => {
  it.each([
    ['up 1', { name: 'up', labels: {}, value: 1 }],
    ['up{a="b",c="d"} 2.5e3 1700000000', { name: 'up', labels: { a: 'b', c: 'd' }, value: 2500 }],
    ['up{zone="a}\\"b\\\\",} 3', { name: 'up', labels: { zone: 'a}"b\\' }, value: 3 }],
    ['# HELP up', null],
    ['up NaN', null],
    ['up +Inf', null],
    ['', null],
  ])('reads %j', (line, reading) => {
    expect(parseMetric(line)).toEqual(reading);
  });
});

describe('readMetrics', () => {
  const stops: (() => void)[] = [];
  afterEach(() => stops.splice(0).forEach((stop) => stop()));

  async function listening(status: number, text: string): Promise<number> {
    const server = createServer((_request, response) => response.writeHead(status).end(text));
    stops.push(() => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const ask = (port: number) =>
    readMetrics({
      do: 'read-metrics',
      target: { address: '127.0.0.1', port },
      names: ['coredns_dns_requests_total'],
    });

  it('gives the metrics that were asked for, and the time', async () => {
    const port = await listening(200, 'other 1\ncoredns_dns_requests_total{zone="."} 7\n');
    const answer = await ask(port);
    expect(answer.readings).toEqual([
      { name: 'coredns_dns_requests_total', labels: { zone: '.' }, value: 7 },
    ]);
    expect(answer.nowSeconds).toBeGreaterThan(1_700_000_000);
  });

  it('gives nothing where nothing answers, or something else does', async () => {
    expect((await ask(await listening(404, ''))).readings).toBeNull();
    expect((await ask(1)).readings).toBeNull();
  });
});
