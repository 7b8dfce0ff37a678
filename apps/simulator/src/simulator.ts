import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { loadAuthority, loadToken, serverCertificate, writePrivate } from './certificates.js';
import { SimulatedCluster } from './cluster/simulated-cluster.js';
import { SimulatorOptions } from './config.js';
import { ApiServer } from './http/api-server.js';

/** One simulated cluster of a running simulator. */
export interface RunningCluster {
  readonly name: string;
  /** `https://127.0.0.1:PORT/clusters/NAME` */
  readonly server: string;
  /** A kubeconfig with the CA and the token in it. */
  readonly kubeconfig: string;
  /** Where the kubeconfig was written, when a folder was given. */
  readonly kubeconfigFile?: string;
  readonly cluster: SimulatedCluster;
}

export interface Simulator {
  readonly port: number;
  readonly clusters: readonly RunningCluster[];
  close(): Promise<void>;
}

/**
 * Starts simulated clusters behind one TLS listener on 127.0.0.1, a path prefix each.
 *
 * @param options  a port (0 for a free one), the clusters, and a folder for kubeconfigs, CA and tokens;
 *                 without a folder nothing is written and the CA is new at each start
 * @throws         ZodError for a bad configuration; an Error with code EADDRINUSE when the port is taken
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { port: wanted, clusters: configs, folder } = SimulatorOptions.parse(options);
  const authority = await loadAuthority(folder);
  const certificate = await serverCertificate(authority);
  const servers = new Map<string, ApiServer>();
  const server = createServer({ cert: certificate.certPem, key: certificate.keyPem });
  server.on('request', (request, response) => void route(servers, request, response));
  server.on('upgrade', (request, socket, head) => {
    const found = find(servers, request);
    if (found === null) socket.destroy();
    else found.server.upgrade(request, socket, head, found.url);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : wanted;

  const running = configs.map((config): RunningCluster => {
    const token = loadToken(folder, config.name);
    const cluster = new SimulatedCluster(config);
    servers.set(config.name, new ApiServer(cluster, token));
    const url = `https://127.0.0.1:${port}/clusters/${config.name}`;
    const kubeconfig = kubeconfigText(config.name, url, authority.certPem, token);
    const kubeconfigFile =
      folder === undefined ? undefined : join(folder, `${config.name}.kubeconfig`);
    if (kubeconfigFile !== undefined) writePrivate(kubeconfigFile, kubeconfig);
    return {
      name: config.name,
      server: url,
      kubeconfig,
      cluster,
      ...(kubeconfigFile !== undefined && { kubeconfigFile }),
    };
  });

  return {
    port,
    clusters: running,
    close: async () => {
      for (const one of servers.values()) one.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function find(
  servers: ReadonlyMap<string, ApiServer>,
  request: IncomingMessage,
): { readonly server: ApiServer; readonly url: URL } | null {
  const url = new URL(request.url ?? '/', 'https://127.0.0.1');
  const [, name = '', rest = ''] = /^\/clusters\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
  const server = servers.get(name);
  if (server === undefined) return null;
  url.pathname = rest;
  return { server, url };
}

async function route(
  servers: ReadonlyMap<string, ApiServer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const found = find(servers, request);
  if (found === null) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('No such simulated cluster\n');
    return;
  }
  try {
    await found.server.handle(request, response, found.url);
  } catch (error) {
    // A mistake of the simulator itself must look like a failing server, not like an answer.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`Simulator failed on ${request.method} ${request.url}: ${message}\n`);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
}

function kubeconfigText(name: string, server: string, caPem: string, token: string): string {
  const user = 'fairlead';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: { server, 'certificate-authority-data': Buffer.from(caPem).toString('base64') },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'fairlead-system' } }],
  });
}
