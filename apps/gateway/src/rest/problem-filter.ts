import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { operations, problemContentType, tellError, type Operation } from '@fairlead/contract';
import { DomainError, InvalidRequest } from '@fairlead/core';
import type { Logger } from '../log.js';

/** Every error of REST as a problem document: ours, the framework's, and what nobody expected. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.#log);
  }
}

export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): void {
  const ours = error instanceof HttpException ? fromFramework(error, request, reply) : error;
  const instance = `urn:uuid:${request.id}`;
  const { problem, retryAfterSeconds } = tellError(ours, instance);
  if (problem.status === 500) {
    log.error(
      { err: error, method: request.method, route: request.routeOptions?.url, instance },
      'A call failed for a reason of our own',
    );
  }
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="fairlead"');
  void reply.status(problem.status).type(problemContentType).send(JSON.stringify(problem));
}

/** Errors that Fastify throws before a route is reached, by their status. */
function fromFramework(error: HttpException, request: FastifyRequest, reply: FastifyReply): unknown {
  switch (error.getStatus()) {
    case 404:
      return noSuchPath(request, reply);
    case 413:
      return new InvalidRequest('payload-too-large', 'The body is too large.');
    case 415:
      return new InvalidRequest('unsupported-media-type', 'The body must be application/json.');
    case 400:
    case 414:
      return new InvalidRequest('malformed-request', 'The request cannot be read.');
    default:
      return error;
  }
}

function noSuchPath(request: FastifyRequest, reply: FastifyReply): DomainError {
  const path = request.url.split('?')[0] ?? '';
  const methods = methodsOf(path);
  if (methods.length === 0) {
    return new DomainError('not-found', 'path-not-found', 'There is no such path.');
  }
  void reply.header('allow', methods.join(', '));
  return new InvalidRequest('method-not-allowed', `There is no ${request.method} for this path.`);
}

const openPaths = ['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/'];

/** What may be called on a path that the contract knows. */
function methodsOf(path: string): readonly string[] {
  if (openPaths.includes(path) || /^\/problems\/[^/]+$/.test(path)) return ['GET'];
  return (Object.values(operations) as readonly Operation[])
    .filter(({ rest }) => new RegExp(`^${rest.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path))
    .map(({ rest }) => rest.method);
}
