import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { ApiError, badRequest, noSuchResource, notFound, unauthorized } from '../api/api-error.js';
import { discover } from '../api/discovery.js';
import { watch, watchError } from '../api/watch-stream.js';
import type { SimulatedCluster } from '../cluster/simulated-cluster.js';
import { kinds } from '../controllers/machinery.js';
import { specOf, type PodSpec } from '../controllers/workload-types.js';
import { review } from './access-reviews.js';
import { attachProtocols, serveAttach } from './attach.js';
import { answerObjects, matcherOf, readBody, type Answer } from './object-requests.js';
import { parseObjectPath, type ObjectPath } from './request-path.js';

/** The HTTP face of one simulated cluster. Paths arrive here without the cluster's prefix. */
export class ApiServer {
  readonly cluster: SimulatedCluster;
  readonly #token: Buffer;
  readonly #sockets: WebSocketServer;

  constructor(cluster: SimulatedCluster, token: string) {
    this.cluster = cluster;
    this.#token = Buffer.from(token);
    this.#sockets = new WebSocketServer({
      noServer: true,
      // No compression, as the real server; a protocol is always chosen, since others were refused before.
      perMessageDeflate: false,
      handleProtocols: (offered) => attachProtocols.find((one) => offered.has(one)) ?? false,
    });
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    try {
      this.#authenticate(request);
      await this.#misbehave(response);
      if (response.writableEnded) return;
      const path = parseObjectPath(url.pathname);
      const asksWatch = ['true', '1'].includes(url.searchParams.get('watch') ?? '');
      if (request.method === 'GET' && path !== null && asksWatch)
        return this.#watch(response, path, url);
      send(response, await this.#answer(request, path, url));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      send(response, { code: error.code, body: error.body() });
    }
  }

  /** `pods/<name>/attach`: the only upgrade that is known. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): void {
    const path = parseObjectPath(url.pathname);
    try {
      this.#authenticate(request);
      if (path?.resource !== kinds.pod || path.subresource !== 'attach' || path.name === undefined)
        throw noSuchResource();
      const pod = this.cluster.api.store.get(kinds.pod, path.namespace, path.name);
      if (pod === undefined) throw notFound(kinds.pod, path.name);
      this.#attach(request, socket, head, url, {
        uid: pod.metadata.uid,
        spec: specOf<PodSpec>(pod),
        path,
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      refuse(socket, error.code, 'application/json', JSON.stringify(error.body()));
    }
  }

  close(): void {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.cluster.close();
  }

  #attach(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    url: URL,
    pod: { readonly uid: string; readonly spec: PodSpec; readonly path: ObjectPath },
  ): void {
    const offered = (request.headers['sec-websocket-protocol'] ?? '')
      .split(',')
      .map((one) => one.trim());
    if (!offered.some((one) => attachProtocols.some((known) => known === one)))
      return refuse(socket, 403, 'text/plain', '');
    const wanted = url.searchParams.get('container') ?? pod.spec.containers[0]?.name;
    const container = pod.spec.containers.find((one) => one.name === wanted);
    if (container === undefined)
      throw badRequest(`container ${wanted} is not valid for pod ${pod.path.name}`);
    const program = this.cluster.kubelets.program(pod.uid);
    if (program === undefined) {
      // The kubelet's own words, in plain text.
      const text = `container ${container.name} not found in pod ${pod.path.name}_${pod.path.namespace}`;
      return refuse(socket, 500, 'text/plain; charset=utf-8', text);
    }
    const isAsked = (name: string): boolean =>
      ['true', '1'].includes(url.searchParams.get(name) ?? '');
    const streams = {
      stdin: isAsked('stdin') && container.stdin === true,
      stdout: isAsked('stdout'),
      stdinOnce: container.stdinOnce === true,
    };
    this.#sockets.handleUpgrade(request, socket, head, (opened) =>
      serveAttach(opened, program, streams),
    );
  }

  #authenticate(request: IncomingMessage): void {
    const given = Buffer.from((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (given.length !== this.#token.length || !timingSafeEqual(given, this.#token))
      throw unauthorized();
  }

  async #misbehave(response: ServerResponse): Promise<void> {
    const { requestMilliseconds, serverErrorRate, timeoutRate } = this.cluster.config.faults;
    if (requestMilliseconds > 0) await sleep(requestMilliseconds);
    const drawn = this.cluster.random.next();
    if (drawn < serverErrorRate)
      throw new ApiError(500, 'InternalError', 'Internal error occurred: simulated fault');
    if (drawn < serverErrorRate + timeoutRate)
      await new Promise((resolve) => response.on('close', resolve));
  }

  async #answer(request: IncomingMessage, path: ObjectPath | null, url: URL): Promise<Answer> {
    const body = await readBody(request);
    if (path !== null) {
      const { method = 'GET', headers } = request;
      return answerObjects(this.cluster, {
        method,
        path,
        query: url.searchParams,
        contentType: (headers['content-type'] ?? '').split(';')[0]?.trim() ?? '',
        userAgent: headers['user-agent'] ?? '',
        body,
      });
    }
    const asked = /^\/apis\/authorization\.k8s\.io\/v1\/(\w+)$/.exec(url.pathname)?.[1];
    const reviewed =
      request.method === 'POST' && asked !== undefined ? review(asked, JSON.parse(body)) : null;
    if (reviewed !== null) return { code: 201, body: reviewed };
    if (['/healthz', '/livez', '/readyz'].includes(url.pathname)) return { code: 200, body: 'ok' };
    const found = url.pathname === '/version' ? this.#version() : discover(url.pathname, url.host);
    if (found === null) throw noSuchResource();
    return { code: 200, body: found };
  }

  #version(): Record<string, string> {
    const { version } = this.cluster.config;
    const [major = '1', minor = '36'] = version.split('.');
    return {
      major,
      minor,
      gitVersion: `v${version}+fairlead-simulator`,
      gitCommit: '',
      gitTreeState: '',
      buildDate: '1970-01-01T00:00:00Z',
      goVersion: '',
      compiler: '',
      platform: 'linux/amd64',
    };
  }

  #watch(response: ServerResponse, path: ObjectPath, url: URL): void {
    const query = url.searchParams;
    const { resource, namespace, name } = path;
    if (name !== undefined) query.set('fieldSelector', `metadata.name=${name}`);
    const version = query.get('resourceVersion') ?? '';
    const matches = matcherOf(resource, query);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const write = (event: unknown): void => void response.write(`${JSON.stringify(event)}\n`);
    try {
      const stop = watch(
        this.cluster.api.store,
        {
          resource,
          ...(namespace !== undefined && { namespace }),
          matches,
          after: version === '' || version === '0' ? undefined : Number(version),
          sendsBookmarks:
            query.get('allowWatchBookmarks') === 'true' || query.get('allowWatchBookmarks') === '1',
          bookmarkMilliseconds: this.cluster.config.bookmarkSeconds * 1000,
        },
        write,
      );
      const seconds = Number(query.get('timeoutSeconds') ?? 0);
      const cancel =
        seconds > 0 ? this.cluster.timers.after(seconds * 1000, () => response.end()) : undefined;
      response.on('close', () => {
        stop();
        cancel?.();
      });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      write(watchError(error));
      response.end();
    }
  }
}

function send(response: ServerResponse, { code, body, warning }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const isText = typeof body === 'string';
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(code, {
    'content-type': isText ? 'text/plain' : 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(warning !== undefined && { warning: `299 - "${warning}"` }),
  });
  response.end(text);
}

function refuse(socket: Duplex, code: number, type: string, body: string): void {
  const head = [
    `HTTP/1.1 ${code} Refused`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
