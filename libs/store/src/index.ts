export {
  type ApiKeyRow,
  type AuditFilter,
  type AuditRow,
  type AuditVerification,
  type ClusterRow,
  type ClusterState,
  type Command,
  type Doorbell,
  type JobRow,
  type ObservationRow,
  type OutboxRow,
  type Page,
  type PageRequest,
  type ProfileRow,
  type Store,
  type Tx,
} from './api.js';
export {
  endOrphanedPostgres,
  startEmbeddedPostgres,
  type EmbeddedOptions,
  type EmbeddedPostgres,
} from './embedded/start-embedded-postgres.js';
export { newId } from './ids.js';
export { deployMigrations } from './migrations/deploy-migrations.js';
export { openStore, type StoreOptions } from './open-store.js';
export { hashApiKey, newApiKey, type NewApiKey } from './secrets/api-keys.js';
export { loadSecretKey, type SecretKeySource } from './secrets/secret-key.js';
