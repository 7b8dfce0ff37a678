import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Tuner } from '@fairlead/core';
import { deployMigrations, loadSecretKey, openStore, type Store } from '@fairlead/store';
import { tuners as allTuners } from '@fairlead/tuners';
import { apiKeyAuthenticator, type Authenticator } from './call/authenticator.js';
import { Calls } from './call/calls.js';
import { signerFor } from './call/secrets.js';
import type { Env } from './env.js';
import { ensureFirstAdmin } from './first-admin.js';
import { GatewayModule } from './gateway.module.js';
import type { GatewayParts } from './gateway-parts.js';
import { GrpcTransport } from './grpc/grpc-transport.js';
import { handlers } from './handlers/handlers.js';
import { openLog, type Logger } from './log.js';
import { ProblemFilter } from './rest/problem-filter.js';
import { httpServer } from './rest/http-server.js';

const version = '0.1.0';
const maxRequestBytes = 262_144;

/** What a test or the standalone application may put in the place of the real thing. */
export interface GatewayDeps {
  /** Opened from the environment, and closed with the gateway, when absent. */
  readonly store?: Store;
  readonly tuners?: readonly Tuner[];
  readonly authenticate?: Authenticator;
  readonly now?: () => Date;
  readonly log?: Logger;
  readonly heartbeatMilliseconds?: number;
  readonly slowReaderMilliseconds?: number;
  readonly streamsPerActor?: number;
}

export interface Gateway {
  readonly httpUrl: string;
  /** `host:port` */
  readonly grpcAddress: string;
  /** Ends streams, lets calls finish, then closes what it opened. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts REST and gRPC in this process. Rejects when a port or the database is not to be had. */
export async function startGateway(env: Env, deps: GatewayDeps = {}): Promise<Gateway> {
  const log = deps.log ?? openLog(env.FAIRLEAD_LOG_LEVEL);
  const secretKey = await loadSecretKey(
    env.FAIRLEAD_SECRET_KEY === undefined
      ? { file: env.FAIRLEAD_SECRET_KEY_FILE ?? '' }
      : { base64: env.FAIRLEAD_SECRET_KEY },
  );
  const store = deps.store ?? (await openOwnStore(env, secretKey, log));
  const stopping = new AbortController();
  let app: NestFastifyApplication | undefined;
  let grpc: GrpcTransport;
  const close = async () => {
    stopping.abort();
    await app?.close();
    if (deps.store === undefined) await store.close();
  };
  try {
    if (
      env.FAIRLEAD_ADMIN_KEY !== undefined &&
      (await ensureFirstAdmin(store, env.FAIRLEAD_ADMIN_KEY))
    ) {
      log.info('Made the first admin key from FAIRLEAD_ADMIN_KEY');
    }
    const parts = partsOf(env, deps, { store, log, secretKey, stopping: stopping.signal });
    app = await createApp(env, parts);
    grpc = new GrpcTransport(parts);
    app.connectMicroservice({ strategy: grpc });
    await app.startAllMicroservices();
    await app.listen(env.FAIRLEAD_HTTP_PORT, env.FAIRLEAD_LISTEN_ADDRESS);
  } catch (error) {
    await close();
    throw error;
  }

  const httpUrl = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const grpcAddress = `${env.FAIRLEAD_LISTEN_ADDRESS}:${grpc.port}`;
  log.info({ httpUrl, grpcAddress }, 'The gateway answers');
  let stopped: Promise<void> | undefined;
  return { httpUrl, grpcAddress, stop: () => (stopped ??= close()) };
}

async function openOwnStore(env: Env, secretKey: Buffer, log: Logger): Promise<Store> {
  const databaseUrl = env.FAIRLEAD_DATABASE_URL;
  if (env.FAIRLEAD_MIGRATIONS !== undefined)
    await deployMigrations(databaseUrl, env.FAIRLEAD_MIGRATIONS);
  return openStore({
    databaseUrl,
    secretKey,
    applicationName: 'fairlead-gateway',
    poolSize: env.FAIRLEAD_DATABASE_POOL,
    onBackgroundError: (err) =>
      log.warn({ err }, 'The database connection that listens was lost, will retry'),
  });
}

function partsOf(
  env: Env,
  deps: GatewayDeps,
  own: { store: Store; log: Logger; secretKey: Buffer; stopping: AbortSignal },
): GatewayParts {
  const { store, log, secretKey, stopping } = own;
  const calls = new Calls({
    store,
    tuners: deps.tuners ?? allTuners,
    handlers,
    authenticate: deps.authenticate ?? apiKeyAuthenticator(store),
    now: deps.now ?? (() => new Date()),
    pageSigner: signerFor(secretKey, 'page token'),
    fingerprintSigner: signerFor(secretKey, 'request fingerprint'),
    streamsPerActor: deps.streamsPerActor ?? 32,
  });
  return {
    calls,
    store,
    log,
    stopping,
    version,
    maxRequestBytes,
    listenAddress: env.FAIRLEAD_LISTEN_ADDRESS,
    grpcPort: env.FAIRLEAD_GRPC_PORT,
    heartbeatMilliseconds: deps.heartbeatMilliseconds ?? 15_000,
    slowReaderMilliseconds: deps.slowReaderMilliseconds ?? 30_000,
  };
}

async function createApp(env: Env, parts: GatewayParts): Promise<NestFastifyApplication> {
  const { log } = parts;
  const server = httpServer({
    maxRequestBytes,
    trustProxy: env.FAIRLEAD_TRUST_PROXY ?? false,
    log,
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    GatewayModule.with(parts),
    new FastifyAdapter(server as never),
    { logger: false, bodyParser: false, abortOnError: false },
  );
  return app.useGlobalFilters(new ProblemFilter(log));
}
