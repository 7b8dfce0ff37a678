import { Internal, NotFound, type ClusterCredentials, type ClusterIdentity } from '@fairlead/core';
import { actorsOn } from './actors.js';
import type { Store } from './api.js';
import { auditChainOn } from './audit/audit-chain.js';
import { commandsOn } from './command.js';
import { listenForCommits } from './commit-listener.js';
import { openDatabase, type Database, type DatabaseOptions } from './database/database.js';
import { fromJson } from './database/json-column.js';
import { purgeKeys } from './idempotency.js';
import { knownId } from './ids.js';
import { ledgerOn } from './ledger.js';
import { outboxOn } from './outbox.js';
import { secretBox, type SecretBox } from './secrets/sealing.js';

export interface StoreOptions extends DatabaseOptions {
  /** 32 bytes; seals cluster credentials. See `loadSecretKey`. */
  readonly secretKey: Buffer;
  /** Keys from before a rotation, which still open what they sealed. */
  readonly previous?: readonly Buffer[];
}

/**
 * Connects to a migrated database. Holds `poolSize` connections at most and one that listens.
 *
 * @throws DatabaseUnavailable when it does not answer
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { databaseUrl, applicationName, onBackgroundError = () => {} } = options;
  const box = secretBox(options.secretKey, options.previous);
  const database = openDatabase(options);
  const ping = async () => {
    await database.withConnection((client) => client.query('SELECT 1'));
  };
  try {
    await ping();
  } catch (error) {
    await database.close();
    throw error;
  }
  const commits = listenForCommits(
    { connectionString: databaseUrl, application_name: `${applicationName} (listener)` },
    onBackgroundError,
  );

  return {
    ...commandsOn(database, box),
    actorOfKey: actorsOn(database),
    credentials: (clusterId) => unseal(database, box, clusterId),
    ledger: ledgerOn(database),
    outbox: outboxOn(database),
    auditChain: auditChainOn(database),
    onCommit: (listener) => commits.onCommit(listener),
    purgeIdempotencyKeys: () => database.query(purgeKeys),
    ping,
    async close() {
      await commits.close();
      await database.close();
    },
  };
}

async function unseal(database: Database, box: SecretBox, clusterId: string) {
  const id = knownId('cluster', clusterId);
  const row = await database.query((db) =>
    db.cluster.findUnique({ where: { id }, include: { credentials: true } }),
  );
  if (row === null) throw new NotFound('cluster', clusterId);
  if (row.credentials === null) throw new Internal(`Cluster ${clusterId} has no credentials.`);
  const text = box.open(row.credentials, { clusterId: id, endpoint: row.endpoint });
  return {
    credentials: JSON.parse(text) as ClusterCredentials,
    identity: fromJson<ClusterIdentity | null>(row.identity),
  };
}
