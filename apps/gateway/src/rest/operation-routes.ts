import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { operations, type Operation } from '@fairlead/contract';
import type { Actor, JsonObject } from '@fairlead/core';
import type { CallOptions } from '../call/calls.js';
import type { GatewayParts } from '../gateway-parts.js';
import { noSuchPath } from './no-such-path.js';
import { readRequest } from './read-request.js';
import { sendDownload, sendEvents } from './send-stream.js';
import { scalarText } from '../scalar-text.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who calls; set for every path below /v1/ before its body is read. */
    actor?: Actor;
  }
}

/** One route for each operation of the contract. */
export function addOperationRoutes(fastify: FastifyInstance, parts: GatewayParts): void {
  fastify.addHook('onRequest', async (request) => {
    if (!request.url.startsWith('/v1/')) return;
    request.actor = await parts.calls.authenticate(request.headers.authorization);
  });
  // Before the body is read, whose type would otherwise be the first complaint.
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw noSuchPath(request, reply);
  });
  for (const operation of Object.values(operations) as readonly Operation[]) {
    fastify.route({
      method: operation.rest.method,
      url: operation.rest.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      // Before the body is read: what is wrong with it is nobody's business who may not send it.
      onRequest: async (request) => parts.calls.authorise(operation, actorOf(request)),
      handler: (request, reply) =>
        operation.kind === 'watch' || operation.kind === 'download'
          ? stream(operation, request, reply, parts)
          : answer(operation, request, reply, parts),
    });
  }
}

async function answer(
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: GatewayParts,
): Promise<FastifyReply> {
  const input = readRequest(operation, request);
  const options = optionsOf(request, reply, parts);
  const { response, replayed } = await parts.calls.answer(operation, input, options);
  const { status, location } = operation.rest;
  if (replayed) void reply.header('idempotency-replayed', 'true');
  if (typeof response['etag'] === 'string') void reply.header('etag', `"${response['etag']}"`);
  if (location !== undefined && input['validateOnly'] !== true) {
    void reply.header('location', filled(location, response));
  }
  if (status === 204) return reply.status(204).send();
  return reply.status(status).type('application/json').send(JSON.stringify(response));
}

async function stream(
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: GatewayParts,
): Promise<void> {
  const input = readRequest(operation, request);
  const last = request.headers['last-event-id'];
  if (operation.kind === 'watch' && typeof last === 'string') input['after'] = last;
  const options = optionsOf(request, reply, parts);
  const items = await parts.calls.open(operation, input, options);
  const limits = { ...parts, signal: options.signal };
  if (operation.kind === 'watch') await sendEvents(reply, items, limits);
  else await sendDownload(reply, operation, items, limits);
}

function optionsOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { stopping }: GatewayParts,
): CallOptions {
  const { headers } = request;
  const gone = new AbortController();
  // A response that was sent whole closes as well, and an abort is not cheap.
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  const text = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    actor: actorOf(request),
    idempotencyKey: text('idempotency-key'),
    ifMatch: text('if-match'),
    signal: AbortSignal.any([gone.signal, stopping]),
  };
}

function actorOf({ actor }: FastifyRequest): Actor {
  if (actor === undefined) throw new TypeError('A route below /v1/ was reached without an actor');
  return actor;
}

/** A path with the response's own members in its braces. */
function filled(location: string, response: JsonObject): string {
  return location.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(scalarText(response[name])),
  );
}
