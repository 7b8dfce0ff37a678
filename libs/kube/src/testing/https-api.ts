import type { ClusterCredentials } from '@fairlead/core';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTPS server on loopback that stands for an API server. */
export interface HttpsApi {
  readonly server: Server;
  readonly port: number;
  readonly caPem: string;
  /** TCP connections accepted so far. */
  readonly connections: () => number;
  /** Credentials for this server under the given host name. */
  readonly credentials: (host?: string) => ClusterCredentials;
  readonly close: () => Promise<void>;
}

/** Its certificate, which is its own CA, names `localhost`, `cluster.test` and 127.0.0.1. */
export async function httpsApi(handler: Handler): Promise<HttpsApi> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'cluster.test' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 2, value: 'cluster.test' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const server = createServer({ key, cert }, handler);
  let connections = 0;
  server.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    server,
    port,
    caPem: cert,
    connections: () => connections,
    credentials: (host = '127.0.0.1') => ({
      server: `https://${host}:${port}`,
      caPem: cert,
      user: { type: 'token', token: 'secret-token' },
    }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
