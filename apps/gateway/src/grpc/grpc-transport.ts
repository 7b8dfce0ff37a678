import {
  Inject,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { GATEWAY_PARTS, type GatewayParts } from '../gateway-parts.js';
import { implementationOf } from './answer-calls.js';
import { descriptors, loadProtos, protoPackage, serviceDefinitions } from './protos.js';

/** Milliseconds that unary calls get to finish when the gateway stops. */
const graceMilliseconds = 5000;

/** The gRPC server: every operation of the contract, health and reflection. */
export class GrpcTransport implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #parts: GatewayParts;
  readonly #server: Server;
  readonly #health: HealthImplementation;
  port = 0;

  constructor(@Inject(GATEWAY_PARTS) parts: GatewayParts) {
    this.#parts = parts;
    this.#server = new Server({
      'grpc.max_receive_message_length': parts.maxRequestBytes,
      'grpc.keepalive_time_ms': parts.heartbeatMilliseconds,
      'grpc.keepalive_permit_without_calls': 0,
      'grpc.max_concurrent_streams': 1000,
    });
    const services = serviceDefinitions(loadProtos());
    for (const [name, definition] of services) {
      this.#server.addService(definition, implementationOf(name, parts));
    }
    new ReflectionService(descriptors()).addToServer(this.#server);
    const names = ['', ...[...services.keys()].map((name) => `${protoPackage}.${name}`)];
    this.#health = new HealthImplementation(
      Object.fromEntries(names.map((name) => [name, 'SERVING' as const])),
    );
    this.#health.addToServer(this.#server);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { listenAddress, grpcPort } = this.#parts;
    const host = listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress;
    this.port = await new Promise((resolve, reject) => {
      this.#server.bindAsync(
        `${host}:${grpcPort}`,
        ServerCredentials.createInsecure(),
        (error, port) => (error ? reject(error) : resolve(port)),
      );
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#health.setStatus('', 'NOT_SERVING');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, graceMilliseconds);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
