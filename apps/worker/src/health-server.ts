import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerMetrics } from './metrics.js';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface HealthPorts {
  /** Throws while work cannot be done. */
  readonly ready: () => Promise<void>;
  readonly metrics: Pick<WorkerMetrics, 'contentType' | 'text'>;
}

const readyMilliseconds = 3_000;

/** `/healthz`: the process answers. `/readyz`: it can work. `/metrics`: Prometheus text. */
export async function startHealthServer(
  { host, port }: { readonly host: string; readonly port: number },
  ports: HealthPorts,
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request, response, ports).catch(() => say(response, 500, 'text/plain', 'failed\n'));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  await promise;

  return {
    port: (server.address() as AddressInfo).port,
    close() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { ready, metrics }: HealthPorts,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://worker');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return say(response, 405, 'text/plain', 'method not allowed\n');
  }
  switch (pathname) {
    case '/healthz':
      return say(response, 200, 'text/plain', 'ok\n');
    case '/readyz':
      return (await isReady(ready))
        ? say(response, 200, 'text/plain', 'ok\n')
        : say(response, 503, 'text/plain', 'not ready\n');
    case '/metrics':
      return say(response, 200, metrics.contentType, await metrics.text());
    default:
      return say(response, 404, 'text/plain', 'not found\n');
  }
}

async function isReady(ready: () => Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), readyMilliseconds);
  const asked = ready().then(
    () => true,
    () => false,
  );
  return Promise.race([asked, promise]).finally(() => clearTimeout(timer));
}

function say(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
