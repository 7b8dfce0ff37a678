import {
  deployMigrations,
  loadSecretKey,
  openStore,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type Store,
} from '@fairlead/store';
import { migrationsFolder, type Folders } from '../folders.js';

const database = 'fairlead';

export interface StandaloneDatabase {
  readonly url: string;
  readonly server: EmbeddedPostgres;
}

/** Starts the embedded Postgres of an installation and brings its schema up to date. */
export async function startDatabase(folders: Folders, port: number): Promise<StandaloneDatabase> {
  const server = await startEmbeddedPostgres({ folder: folders.postgres, port, persistent: true });
  try {
    const url = server.url(database);
    await deployMigrations(url, migrationsFolder);
    return { url, server };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A store for a moment; closed when the work is done. */
export async function withStore<T>(
  databaseUrl: string,
  secretKeyFile: string,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openStore({
    databaseUrl,
    secretKey: await loadSecretKey({ file: secretKeyFile }),
    applicationName: 'fairlead-standalone',
    poolSize: 2,
  });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
