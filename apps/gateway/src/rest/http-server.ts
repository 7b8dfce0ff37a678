import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { problemContentType, tellError } from '@fairlead/contract';
import { InvalidRequest } from '@fairlead/core';
import { newId } from '@fairlead/store';
import type { Logger } from '../log.js';
import { sendProblem } from './problem-filter.js';

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/** Fastify with every limit set: sizes, times, who may speak for a client, what counts as JSON. */
export function httpServer(options: {
  readonly maxRequestBytes: number;
  readonly trustProxy: string | false;
  readonly log: Logger;
}): FastifyInstance {
  const fastify = Fastify({
    logger: false,
    bodyLimit: options.maxRequestBytes,
    trustProxy: options.trustProxy,
    requestTimeout: 30_000,
    connectionTimeout: 0,
    keepAliveTimeout: 72_000,
    forceCloseConnections: true,
    http: { maxHeaderSize: 65_536 },
    clientErrorHandler: refuseUnreadable,
    // A HEAD would open a stream that nobody reads.
    exposeHeadRoutes: false,
    genReqId: () => newId(),
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: false },
    frameworkErrors: (_error, request, reply) => {
      // These answer before any hook runs.
      void reply.headers({ ...securityHeaders, 'x-request-id': request.id });
      const unreadable = new InvalidRequest('malformed-request', 'The URL cannot be read.');
      sendProblem(unreadable, request, reply, options.log);
    },
  });
  readJsonOnly(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers({ ...securityHeaders, 'x-request-id': request.id });
  });
  fastify.addHook('onResponse', async (request, reply) => {
    options.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime),
        actor: request.actor?.id,
        request: request.id,
      },
      'Answered',
    );
  });
  return fastify;
}

/** An empty body is none, whatever its type says; everything else must be JSON in UTF-8. */
function readJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    try {
      const text = utf8.decode(body as Buffer);
      void parse(request, text, (error, value) => done(error ? malformedJson() : null, value));
    } catch {
      done(malformedJson());
    }
  });
}

function malformedJson(): InvalidRequest {
  return new InvalidRequest('malformed-json', 'The body is not JSON in UTF-8.');
}

/** What Node itself could not read, before there was a request: answered on the bare connection. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'malformed-request';
  const { problem } = tellError(new InvalidRequest(code, 'The request cannot be read.'));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: ${problemContentType}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
