import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newApiKey } from '@fairlead/store';
import { startDatabase, withStore, type StandaloneDatabase } from './database/standalone-store.js';
import { fleet, fleetFileText } from './demo/fleet.js';
import type { Env } from './env.js';
import { programOf, type Folders } from './folders.js';
import { Child } from './processes/child.js';
import { requireFreePort } from './processes/free-port.js';
import { endLeftOver, forgetProcesses, recordProcesses } from './processes/left-over.js';

/** An admin key, if this process knows one: made now, or given by the environment. */
export interface AdminKey {
  readonly text: string | null;
  readonly isNew: boolean;
}

export type Surroundings = Readonly<Record<string, string | undefined>>;

/** Everything of Fairlead on one machine: a database, and three processes. */
export class Installation {
  readonly url: string;
  readonly grpcAddress: string;
  readonly healthUrl: string;
  readonly #env: Env;
  readonly #folders: Folders;
  readonly #surroundings: Surroundings;
  readonly #children: Child[] = [];
  #database: StandaloneDatabase | null = null;
  #starting: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  /** Whether the folder is ours: another start may hold it. */
  #hasFolder = false;

  /** @param surroundings  what every program needs of its environment: PATH, HOME and the like */
  constructor(env: Env, folders: Folders, surroundings: Surroundings) {
    this.#env = env;
    this.#folders = folders;
    this.#surroundings = surroundings;
    this.url = `http://127.0.0.1:${env.FAIRLEAD_HTTP_PORT}`;
    this.grpcAddress = `127.0.0.1:${env.FAIRLEAD_GRPC_PORT}`;
    this.healthUrl = `http://127.0.0.1:${env.FAIRLEAD_HEALTH_PORT}`;
  }

  /**
   * @param showKey  called once, before the key is stored
   * @throws PortTaken; Error with the end of a log when a part does not come up, or when stopped meanwhile
   */
  async start(showKey: (admin: AdminKey) => Promise<void>): Promise<AdminKey> {
    const starting = this.#start(showKey);
    this.#starting = starting;
    return await starting;
  }

  async #start(showKey: (admin: AdminKey) => Promise<void>): Promise<AdminKey> {
    const { root, processFile, secretKeyFile } = this.#folders;
    await mkdir(root, { recursive: true });
    await endLeftOver(processFile);
    await this.#requirePorts();
    recordProcesses(processFile, []);
    this.#hasFolder = true;
    this.#database = await startDatabase(this.#folders, this.#env.FAIRLEAD_DATABASE_PORT);
    const { url } = this.#database;
    const known = await withStore(url, secretKeyFile, (store) =>
      store.read((tx) => tx.apiKeys.count()),
    );
    const admin = this.#adminKey(known > 0);
    await this.#startSimulator();
    // Before it is stored: a start that ends in between must not leave a key that nobody has seen.
    await showKey(admin);
    await this.#startGateway(url, admin);
    await this.#startWorker(url);
    return admin;
  }

  /** The first part that ends by itself, as a sentence. */
  async firstEnded(): Promise<string> {
    return await Promise.race(
      this.#children.map(async (child) => `${await child.ended}; see ${child.logFile}`),
    );
  }

  /** In reverse order: nobody loses what it needs to end well. Safe to call at any time. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const child of this.#children.toReversed()) await child.stop();
    // A start that was under way fails by this; what it still brings up must be known before we go.
    await this.#starting.catch(() => undefined);
    for (const child of this.#children.toReversed()) await child.stop();
    await this.#database?.server.stop();
    if (this.#hasFolder) forgetProcesses(this.#folders.processFile);
  }

  async #requirePorts(): Promise<void> {
    const env = this.#env;
    await requireFreePort(env.FAIRLEAD_HTTP_PORT, 'REST', 'FAIRLEAD_HTTP_PORT');
    await requireFreePort(env.FAIRLEAD_GRPC_PORT, 'gRPC', 'FAIRLEAD_GRPC_PORT');
    await requireFreePort(env.FAIRLEAD_HEALTH_PORT, "the worker's health", 'FAIRLEAD_HEALTH_PORT');
    await requireFreePort(
      env.FAIRLEAD_SIMULATOR_PORT,
      'the simulated clusters',
      'FAIRLEAD_SIMULATOR_PORT',
    );
    // A database that a killed start left is ended by the next one, so its port may be ours.
    if (!existsSync(join(this.#folders.postgres, 'data', 'postmaster.pid'))) {
      await requireFreePort(
        env.FAIRLEAD_DATABASE_PORT,
        'the embedded Postgres',
        'FAIRLEAD_DATABASE_PORT',
      );
    }
  }

  #adminKey(exists: boolean): AdminKey {
    const given = this.#env.FAIRLEAD_ADMIN_KEY;
    if (given !== undefined) return { text: given, isNew: false };
    return exists ? { text: null, isNew: false } : { text: newApiKey().text, isNew: true };
  }

  async #startSimulator(): Promise<void> {
    const { simulator, fleetFile } = this.#folders;
    await mkdir(simulator, { recursive: true, mode: 0o700 });
    await writeFile(fleetFile, fleetFileText());
    const child = this.#launch('simulator', {
      FAIRLEAD_SIMULATOR_PORT: String(this.#env.FAIRLEAD_SIMULATOR_PORT),
      FAIRLEAD_SIMULATOR_CLUSTERS: fleetFile,
      FAIRLEAD_SIMULATOR_FOLDER: simulator,
    });
    const last = fleet.at(-1)?.name ?? '';
    await child.until('its clusters', () =>
      Promise.resolve(child.lastLines().includes(`"cluster":"${last}"`)),
    );
  }

  async #startGateway(databaseUrl: string, admin: AdminKey): Promise<void> {
    const child = this.#launch('gateway', {
      FAIRLEAD_DATABASE_URL: databaseUrl,
      FAIRLEAD_HTTP_PORT: String(this.#env.FAIRLEAD_HTTP_PORT),
      FAIRLEAD_GRPC_PORT: String(this.#env.FAIRLEAD_GRPC_PORT),
      FAIRLEAD_SECRET_KEY_FILE: this.#folders.secretKeyFile,
      ...(admin.text !== null && { FAIRLEAD_ADMIN_KEY: admin.text }),
    });
    await child.until(`${this.url}/readyz`, () => answers(`${this.url}/readyz`));
  }

  async #startWorker(databaseUrl: string): Promise<void> {
    const child = this.#launch('worker', {
      FAIRLEAD_DATABASE_URL: databaseUrl,
      FAIRLEAD_QUEUE_BACKEND: 'postgres',
      FAIRLEAD_SECRET_KEY_FILE: this.#folders.secretKeyFile,
      // The simulated clusters alone: whoever means others runs a worker of their own.
      FAIRLEAD_ALLOWED_ADDRESSES: '127.0.0.0/8',
      FAIRLEAD_HEALTH_PORT: String(this.#env.FAIRLEAD_HEALTH_PORT),
    });
    await child.until(`${this.healthUrl}/readyz`, () => answers(`${this.healthUrl}/readyz`));
  }

  #launch(name: 'gateway' | 'worker' | 'simulator', env: Readonly<Record<string, string>>): Child {
    if (this.#isStopping) throw new Error('Stopped while starting');
    const child = new Child({
      name,
      program: programOf(name),
      logs: this.#folders.logs,
      env: { ...this.#surroundings, ...env },
    });
    this.#children.push(child);
    recordProcesses(
      this.#folders.processFile,
      this.#children.map(({ pid, name: of }) => ({ pid, program: programOf(of as typeof name) })),
    );
    return child;
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
