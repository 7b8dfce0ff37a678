import { AddressRefused, ClusterForbidden } from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { addressRules } from '../connection/address-policy.js';
import { apiClient, type ApiClient } from '../connection/api-client.js';
import { answerJson, httpsApi, type HttpsApi } from '../testing/https-api.js';
import { attach } from './attach.js';

const never = new AbortController().signal;
const pod = { namespace: 'fairlead-system', name: 'agent-1' };

describe('attach', () => {
  let api: HttpsApi;
  let client: ApiClient;
  let sockets: WebSocketServer;

  beforeEach(async () => {
    api = await httpsApi((_request, response) => answerJson(response, 404, {}));
    sockets = new WebSocketServer({
      server: api.server,
      handleProtocols: (offered) => [...offered][0] ?? false,
    });
    client = clientWith(['127.0.0.0/8']);
  });
  afterEach(async () => {
    await client.close();
    for (const socket of sockets.clients) socket.terminate();
    await api.close();
  });

  function clientWith(allow: readonly string[]): ApiClient {
    return apiClient({
      credentials: api.credentials(),
      rules: addressRules({ allow }),
      userAgent: 'fairlead/0.1.0 (job j1)',
      auditPrefix: 'j1',
    });
  }

  function serverSide(): Promise<WebSocket> {
    return new Promise((resolve) => sockets.once('connection', (socket) => resolve(socket)));
  }

  it('carries text in on channel 0 and out on channel 1', async () => {
    const accepted = serverSide();
    const stream = await attach(client, pod, never);
    const server = await accepted;
    const received = new Promise<Buffer>((resolve) =>
      server.once('message', (data) => resolve(data as Buffer)),
    );
    const answered = new Promise<string>((resolve) =>
      stream.onData((chunk) => resolve(Buffer.from(chunk).toString())),
    );

    stream.send('{"id":0}\n');
    server.send(Buffer.concat([Buffer.of(1), Buffer.from('hello\n')]));

    expect(await received).toEqual(Buffer.concat([Buffer.of(0), Buffer.from('{"id":0}\n')]));
    expect(await answered).toBe('hello\n');
  });

  it('asks as the job that it belongs to', async () => {
    const headers = new Promise<Record<string, unknown>>((resolve) =>
      sockets.once('connection', (_socket, request) =>
        resolve({ url: request.url, ...request.headers }),
      ),
    );

    await attach(client, pod, never);

    expect(await headers).toMatchObject({
      url: expect.stringContaining(
        '/api/v1/namespaces/fairlead-system/pods/agent-1/attach?',
      ) as string,
      authorization: 'Bearer secret-token',
      'user-agent': 'fairlead/0.1.0 (job j1)',
      'audit-id': 'j1.1',
    });
  });

  it('survives frames that no server should send', async () => {
    const accepted = serverSide();
    const stream = await attach(client, pod, never);
    const server = await accepted;
    const data = new Promise<string>((resolve) =>
      stream.onData((chunk) => resolve(Buffer.from(chunk).toString())),
    );

    for (const frame of [Buffer.of(), Buffer.of(9, 9), Buffer.of(255), Buffer.of(2, 1)])
      server.send(frame);
    server.send('text');
    server.send(Buffer.concat([Buffer.of(1), Buffer.from('still here')]));

    expect(await data).toBe('still here');
  });

  it('tells once that the container ended', async () => {
    const accepted = serverSide();
    const stream = await attach(client, pod, never);
    const server = await accepted;
    const reasons: string[] = [];
    const ended = new Promise<void>((resolve) =>
      stream.onEnd((reason) => {
        reasons.push(reason);
        resolve();
      }),
    );

    server.send(Buffer.concat([Buffer.of(3), Buffer.from('{"status":"Success"}')]));
    server.close();
    await ended;

    expect(reasons).toEqual(['its container ended']);
  });

  it('goes through the same address check as every call', async () => {
    const closed = clientWith([]);

    await expect(attach(closed, pod, never)).rejects.toBeInstanceOf(AddressRefused);

    expect(api.connections()).toBe(0);
    await closed.close();
  });

  it('maps a refused upgrade like any refused call', async () => {
    api.server.removeAllListeners('upgrade');
    api.server.on('upgrade', (_request, socket) =>
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n'),
    );

    await expect(attach(client, pod, never)).rejects.toBeInstanceOf(ClusterForbidden);
  });
});
