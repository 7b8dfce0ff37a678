import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problemContentType, tellError } from '@fairlead/contract';
import { InvalidRequest } from '@fairlead/core';
import type { Logger } from '../log.js';
import { noSuchPath } from './no-such-path.js';

/** Every error of REST as a problem document: ours, the framework's, and what nobody expected. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(
      error,
      http.getRequest<FastifyRequest>(),
      http.getResponse<FastifyReply>(),
      this.#log,
    );
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
function fromFramework(
  error: HttpException,
  request: FastifyRequest,
  reply: FastifyReply,
): unknown {
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
