import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { roles, type Actor, type Role } from '@fairlead/core';
import { newApiKey, openStore, type Store } from '@fairlead/store';
import { freshDatabase } from '@fairlead/testkit';
import { Env } from '../env.js';
import { startGateway, type Gateway, type GatewayDeps } from '../gateway.js';
import { openGrpcClient, type GrpcClient } from '../grpc/client.js';
import { echoTuner } from './echo-tuner.js';
import { restClient, type RestClient } from './rest-client.js';

export const tester: Actor = { kind: 'system', id: 'test', name: 'Test', role: 'admin' };

export interface TestGateway {
  readonly gateway: Gateway;
  readonly store: Store;
  readonly rest: RestClient;
  readonly grpc: GrpcClient;
  readonly keys: Readonly<Record<Role, string>>;
  /** All that was logged so far. */
  readonly logged: () => string;
  stop(): Promise<void>;
}

/** A gateway as it ships, on free ports and a database of its own, with one key for each role. */
export async function testGateway(deps: GatewayDeps = {}): Promise<TestGateway> {
  const database = await freshDatabase();
  const secretKey = randomBytes(32);
  const store = await openStore({
    databaseUrl: database.url,
    secretKey,
    applicationName: 'gateway-test',
    poolSize: 8,
  });
  const keys = {} as Record<Role, string>;
  for (const role of roles) {
    const { id, text, hash } = newApiKey();
    keys[role] = text;
    await store.command({ actor: tester }, async (tx) => {
      await tx.apiKeys.create({ id, name: role, role, hash });
      return {};
    });
  }
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const env = Env.parse({
    FAIRLEAD_DATABASE_URL: database.url,
    FAIRLEAD_HTTP_PORT: '0',
    FAIRLEAD_GRPC_PORT: '0',
    FAIRLEAD_SECRET_KEY: secretKey.toString('base64'),
  });
  const log = pino({ level: 'trace' }, sink);
  const gateway = await startGateway(env, { store, tuners: [echoTuner], log, ...deps });
  const grpc = openGrpcClient(gateway.grpcAddress);
  return {
    gateway,
    store,
    grpc,
    keys,
    rest: restClient(gateway.httpUrl),
    logged: () => lines.join(''),
    async stop() {
      grpc.close();
      await gateway.stop();
      await store.close();
      await database.drop();
    },
  };
}
