export { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './embedded/start-embedded-postgres.js';
export { deployMigrations } from './migrations/deploy-migrations.js';
