import type { ClusterCredentials, DomainError, Json } from '@fairlead/core';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { Agent, type Dispatcher } from 'undici';
import type { AddressRules } from './address-policy.js';
import {
  guardedConnect,
  systemLookup,
  type GuardedConnect,
  type Lookup,
} from './guarded-connect.js';
import { kubeConfigOf } from './kube-config.js';
import {
  errorOfFailure,
  errorOfStatus,
  parseStatus,
  type ApiStatus,
  type Doing,
} from './status-errors.js';
import { trafficMeter, type ConnectionStats } from './traffic.js';

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the API server's root: `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: Json;
  readonly contentType?: string;
  /** For lists and watches: asks for the objects' metadata alone, a small part of them. */
  readonly onlyMetadata?: boolean;
  readonly doing: Doing;
  readonly deadlineMilliseconds?: number;
}

export interface ApiAnswer {
  readonly body: Json;
  /** The API server's clock, milliseconds since 1970, to the second. */
  readonly serverTime: number;
}

/** An answer outside 2xx. `error` is what callers throw unless they know better. */
export interface ApiRefusal {
  readonly status: ApiStatus;
  readonly error: DomainError;
  readonly serverTime: number;
}

/** One cluster's API over capped, kept-alive connections to checked addresses. */
export interface ApiClient {
  /** Throws a DomainError for everything outside 2xx. */
  call(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer>;
  /** Like `call`, but gives refusals by the server back as values. Still throws when it is not reached. */
  attempt(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer | ApiRefusal>;
  /** The lines of a watch as they arrive. Ends when the server ends it, or fails at the call's deadline. */
  stream(call: ApiCall, signal: AbortSignal): AsyncGenerator<Json>;
  /** What a WebSocket to the same server needs. */
  upgrade(
    path: string,
  ): Promise<{ readonly url: string; readonly headers: Record<string, string> }>;
  readonly connect: GuardedConnect;
  stats(): ConnectionStats;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  readonly credentials: ClusterCredentials;
  readonly rules: AddressRules;
  readonly userAgent: string;
  /** Start of each request's Audit-ID; a number follows it. At most 50 characters. */
  readonly auditPrefix: string;
  readonly lookup?: Lookup;
}

const maxConnections = 8;
const defaultDeadline = 30_000;
const maxResponseBytes = 64 * 1024 * 1024;

export function apiClient(options: ApiClientOptions): ApiClient {
  const { credentials } = options;
  const base = new URL(credentials.server);
  const prefix = base.pathname.replace(/\/+$/, '');
  const meter = trafficMeter();
  const connect = guardedConnect(
    options.rules,
    {
      caPem: credentials.caPem,
      serverName: credentials.tlsServerName,
      ...(credentials.user.type === 'client-certificate' && credentials.user),
    },
    options.lookup ?? systemLookup,
    meter.addSocket,
  );
  const dispatcher = new Agent({
    connections: maxConnections,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    headersTimeout: 60_000,
    bodyTimeout: 0,
    connect({ hostname, port }, done) {
      connect({ hostname, port: Number(port === '' ? 443 : port) }).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    },
  });
  const config = kubeConfigOf(credentials, dispatcher);

  async function headersFor(url: string, method: HttpMethod) {
    const context = new RequestContext(url, method);
    await config.applySecurityAuthentication(context);
    return {
      ...context.getHeaders(),
      'user-agent': options.userAgent,
      // Joins the cluster's own audit log with ours, request by request.
      'audit-id': `${options.auditPrefix}.${meter.nextRequest()}`,
    };
  }

  async function send(call: ApiCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) query.set(name, value);
    }
    const path = `${prefix}${call.path}${query.size === 0 ? '' : `?${query.toString()}`}`;
    const headers = await headersFor(`${base.origin}${path}`, call.method);
    // `request` follows no redirects, unlike the `fetch` of the client library.
    return await dispatcher.request({
      origin: base.origin,
      path,
      method: call.method,
      headers: {
        ...headers,
        accept: call.onlyMetadata === true ? metadataOnly(call) : 'application/json',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
    });
  }

  async function refusalOf(response: Dispatcher.ResponseData, doing: Doing): Promise<ApiRefusal> {
    const body = await readText(response, 1024 * 1024);
    const status = parseStatus(response.statusCode, body, response.headers['retry-after']);
    return { status, error: errorOfStatus(status, doing), serverTime: dateOf(response) };
  }

  async function attempt(call: ApiCall, signal: AbortSignal): Promise<ApiAnswer | ApiRefusal> {
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(call.deadlineMilliseconds ?? defaultDeadline);
    try {
      const response = await send(call, AbortSignal.any([signal, deadline]));
      if (!isSuccess(response)) return await refusalOf(response, call.doing);
      const text = await readText(response, maxResponseBytes);
      return {
        body: text === '' ? null : (JSON.parse(text) as Json),
        serverTime: dateOf(response),
      };
    } catch (failure) {
      signal.throwIfAborted();
      throw errorOfFailure(failure, call.doing);
    }
  }

  return {
    attempt,
    async call(call, signal) {
      const answer = await attempt(call, signal);
      if ('error' in answer) throw answer.error;
      return answer;
    },
    async *stream(call, signal) {
      signal.throwIfAborted();
      const { deadlineMilliseconds } = call;
      const until =
        deadlineMilliseconds === undefined
          ? signal
          : AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)]);
      try {
        const response = await send(call, until);
        if (!isSuccess(response)) throw (await refusalOf(response, call.doing)).error;
        yield* jsonLines(response.body);
      } catch (failure) {
        signal.throwIfAborted();
        throw errorOfFailure(failure, call.doing);
      }
    },
    async upgrade(path) {
      const url = `${base.origin}${prefix}${path}`;
      return { url: url.replace(/^https/, 'wss'), headers: await headersFor(url, HttpMethod.GET) };
    },
    connect,
    stats: meter.stats,
    close: () => dispatcher.destroy(),
  };
}

function metadataOnly({ query }: ApiCall): string {
  const kind = query?.['watch'] === 'true' ? 'PartialObjectMetadata' : 'PartialObjectMetadataList';
  return `application/json;as=${kind};g=meta.k8s.io;v=v1, application/json`;
}

function isSuccess({ statusCode }: Dispatcher.ResponseData): boolean {
  return statusCode >= 200 && statusCode < 300;
}

function dateOf(response: Dispatcher.ResponseData): number {
  const { date } = response.headers;
  const parsed = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isFinite(parsed) ? parsed : Date.now();
}

async function readText({ body }: Dispatcher.ResponseData, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit)
      throw Object.assign(new Error('Response too large'), { code: 'RESPONSE_TOO_LARGE' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function* jsonLines(body: AsyncIterable<Buffer>): AsyncGenerator<Json> {
  let rest = Buffer.alloc(0);
  for await (const chunk of body) {
    rest = Buffer.concat([rest, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const line = rest.subarray(0, end).toString('utf8');
      rest = rest.subarray(end + 1);
      if (line.trim() !== '') yield JSON.parse(line) as Json;
    }
    if (rest.length > maxResponseBytes) {
      throw Object.assign(new Error('Line too long'), { code: 'RESPONSE_TOO_LARGE' });
    }
  }
}
