import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { operations, type OperationId } from '@fairlead/contract';
import { ApiProblem, type Api } from './api.js';

const folder = join(import.meta.dirname, '../../proto');
const files = readdirSync(join(folder, 'fairlead/v1')).map((name) => `fairlead/v1/${name}`);
const options = { longs: String, enums: String, arrays: true, oneofs: true, includeDirs: [folder] };

/** The same operations over gRPC, by a client that knows nothing but the published protocol. */
export function grpcApi(address: string, key: string): Api {
  const { fairlead } = loadPackageDefinition(loadSync(files, options)) as any;
  const clients = new Map<string, Client & Record<string, any>>();
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);

  function clientOf(id: OperationId): { client: Record<string, any>; method: string } {
    const { service, method } = operations[id].grpc;
    let client = clients.get(service);
    if (client === undefined) {
      client = new fairlead.v1[service](address, credentials.createInsecure()) as Client &
        Record<string, any>;
      clients.set(service, client);
    }
    return { client, method };
  }

  return {
    transport: 'grpc',
    async call(id, request, { idempotencyKey, ifMatch } = {}) {
      const { client, method } = clientOf(id);
      const own = metadata.clone();
      if (idempotencyKey !== undefined) own.set('idempotency-key', idempotencyKey);
      if (ifMatch !== undefined) own.set('if-match', ifMatch);
      const message = toMessage(id, request);
      if (operations[id].kind === 'download') {
        const pieces: string[] = [];
        for await (const { text } of client[method](message, own)) pieces.push(text);
        return { text: pieces.join('') };
      }
      return await new Promise((resolve, reject) => {
        client[method](message, own, (error: ServiceError | null, answer: unknown) => {
          if (error === null) resolve(plain(answer));
          else reject(new ApiProblem(error.details, { status: error.code, detail: error.details }));
        });
      });
    },
    async *watch(id, request) {
      const { client, method } = clientOf(id);
      for await (const event of client[method](toMessage(id, request), metadata.clone()))
        yield plain(event);
    },
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

/** Members that are google.protobuf.Struct in requests. */
function toMessage(id: OperationId, request: any): any {
  const isStruct = (name: string) =>
    name === 'settings' || (name === 'labels' && id === 'updateCluster');
  return Object.fromEntries(
    Object.entries(request).map(([name, value]) => [
      name,
      isStruct(name) ? struct(value as object) : value,
    ]),
  );
}

function struct(members: object): any {
  return {
    fields: Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, toValue(value)]),
    ),
  };
}

function toValue(value: any): any {
  if (value === null) return { nullValue: 'NULL_VALUE' };
  if (typeof value === 'number') return { numberValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (Array.isArray(value)) return { listValue: { values: value.map(toValue) } };
  return { structValue: struct(value) };
}

/** Structs and values of an answer as plain JSON, and members that are not there left out. */
function plain(message: any): any {
  if (Array.isArray(message)) return message.map(plain);
  if (message === null || typeof message !== 'object') return message;
  switch (message.kind) {
    case 'nullValue':
      return null;
    case 'numberValue':
    case 'stringValue':
    case 'boolValue':
      return message[message.kind];
    case 'listValue':
      return (message.listValue.values ?? []).map(plain);
    case 'structValue':
      return plain(message.structValue);
  }
  const names = Object.keys(message);
  if (names.length === 1 && names[0] === 'fields') {
    return Object.fromEntries(
      Object.entries(message.fields).map(([name, value]) => [name, plain(value)]),
    );
  }
  return Object.fromEntries(
    Object.entries(message)
      .filter(([name, value]) => value !== undefined && value !== null && !name.startsWith('_'))
      .map(([name, value]) => [name, plain(value)]),
  );
}
