import type { FastifyReply, FastifyRequest } from 'fastify';
import { operations, type Operation } from '@fairlead/contract';
import { DomainError, InvalidRequest } from '@fairlead/core';

/** What to tell of a path without a route: nothing is there, or only other methods (named in `Allow`). */
export function noSuchPath(request: FastifyRequest, reply: FastifyReply): DomainError {
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
