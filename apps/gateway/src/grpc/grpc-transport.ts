import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { Server, type CustomTransportStrategy } from '@nestjs/microservices';
import type { GatewayParts } from '../gateway-parts.js';
import { implementationOf } from './answer-calls.js';
import { descriptors, loadProtos, protoPackage, serviceDefinitions } from './protos.js';

/** Milliseconds that unary calls get to finish when the gateway stops. */
const graceMilliseconds = 5000;

/**
 * The gRPC microservice: every operation of the contract, health and reflection. A transport of our
 * own rather than Nest's, whose handlers see neither a stream's backpressure nor error details, and
 * whose methods would be a second list of operations.
 */
export class GrpcTransport extends Server implements CustomTransportStrategy {
  readonly #parts: GatewayParts;
  readonly #server: GrpcServer;
  readonly #health: HealthImplementation;
  port = 0;

  constructor(parts: GatewayParts) {
    super();
    this.#parts = parts;
    this.#server = new GrpcServer({
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

  /** Binds the port; Nest's callback takes the error when it is not to be had. */
  listen(callback: (error?: unknown) => void): void {
    const { listenAddress, grpcPort } = this.#parts;
    const host = listenAddress.includes(':') ? `[${listenAddress}]` : listenAddress;
    const credentials = ServerCredentials.createInsecure();
    this.#server.bindAsync(`${host}:${grpcPort}`, credentials, (error, port) => {
      this.port = port;
      callback(error ?? undefined);
    });
  }

  /** The transport tells no events: calls are answered, and that is all. */
  override on(): void {}

  override unwrap<T>(): T {
    return this.#server as T;
  }

  /** Lets calls finish for a while, then ends them. */
  async close(): Promise<void> {
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
