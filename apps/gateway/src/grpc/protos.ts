import { fileURLToPath } from 'node:url';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { operations, type Operation } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import { decode, encode } from './codec.js';

/** The proto files' folder, the same number of steps from the sources and from the build. */
const folder = fileURLToPath(new URL('../../../../proto', import.meta.url));
const files = [
  'clusters',
  'advice',
  'tuners',
  'profiles',
  'plans',
  'jobs',
  'measurements',
  'audit',
  'api_keys',
].map((name) => `${folder}/fairlead/v1/${name}.proto`);
export const protoPackage = 'fairlead.v1';

/** Everything that proto/ describes, field names in camel case. */
export function loadProtos(): protobuf.Root {
  const root = new protobuf.Root();
  // google/protobuf/struct.proto comes with protobufjs itself.
  root.resolvePath = (_origin, target) =>
    target.startsWith('google/') || target.startsWith('/') ? target : `${folder}/${target}`;
  root.loadSync(files);
  root.resolveAll();
  return root;
}

/** Descriptors for reflection, which wants them as proto-loader makes them. */
export function descriptors(): PackageDefinition {
  return loadSync(files, {
    includeDirs: [folder],
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
}

/** gRPC's own path of an operation. */
export function pathOf({ grpc }: Pick<Operation, 'grpc'>): string {
  return `/${protoPackage}.${grpc.service}/${grpc.method}`;
}

export interface MessageCodec {
  readonly encode: (plain: JsonObject) => Buffer;
  readonly decode: (bytes: Buffer) => JsonObject;
}

export interface OperationCodec {
  readonly path: string;
  readonly request: MessageCodec;
  readonly response: MessageCodec;
}

export function codecOf(root: protobuf.Root, operation: Operation): OperationCodec {
  const { service, method } = operation.grpc;
  const found = root.lookupService(`${protoPackage}.${service}`).methods[method];
  if (found === undefined) throw new TypeError(`proto/ has no ${service}/${method}`);
  found.resolve();
  return {
    path: pathOf(operation),
    request: codec(found.resolvedRequestType),
    response: codec(found.resolvedResponseType),
  };
}

function codec(type: protobuf.Type | null): MessageCodec {
  if (type === null) throw new TypeError('A method has no type');
  return {
    encode: (plain: JsonObject) => encode(type, plain),
    decode: (bytes: Buffer) => decode(type, bytes),
  };
}

/** Service definitions as grpc-js takes them, messages being plain objects on both ends. */
export function serviceDefinitions(root: protobuf.Root): ReadonlyMap<string, ServiceDefinition> {
  const services = new Map<string, Record<string, ServiceDefinition[string]>>();
  for (const operation of Object.values(operations) as readonly Operation[]) {
    const { path, request, response } = codecOf(root, operation);
    const methods = services.get(operation.grpc.service) ?? {};
    services.set(operation.grpc.service, methods);
    methods[operation.grpc.method] = {
      path,
      requestStream: false,
      responseStream: operation.kind === 'watch' || operation.kind === 'download',
      requestSerialize: request.encode,
      requestDeserialize: request.decode,
      responseSerialize: response.encode,
      responseDeserialize: response.decode,
    };
  }
  return services;
}
