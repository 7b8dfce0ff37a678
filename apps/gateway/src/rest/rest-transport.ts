import { Inject, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { GATEWAY_PARTS, type GatewayParts } from '../gateway-parts.js';
import { addOpenRoutes } from './open-routes.js';
import { addOperationRoutes } from './operation-routes.js';

/** REST: every operation of the contract, and what answers without a key. */
export class RestTransport implements OnApplicationBootstrap {
  readonly #fastify: FastifyInstance;
  readonly #parts: GatewayParts;

  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(GATEWAY_PARTS) parts: GatewayParts,
  ) {
    this.#fastify = host.httpAdapter.getInstance<FastifyInstance>();
    this.#parts = parts;
  }

  // Fastify binds a route to the error handler of that moment, and Nest has set its own only by now.
  async onApplicationBootstrap(): Promise<void> {
    addOperationRoutes(this.#fastify, this.#parts);
    await addOpenRoutes(this.#fastify, this.#parts);
  }
}
