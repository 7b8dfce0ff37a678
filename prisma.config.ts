import { defineConfig } from 'prisma/config';

// Prisma would download a native engine; ours answers in its place, offline.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= new URL(
  './tools/schema-engine.mjs',
  import.meta.url,
).pathname;

// No report home, and no look for newer versions.
process.env['CHECKPOINT_DISABLE'] ??= '1';

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: {
    url: process.env['DATABASE_URL'] ?? 'postgresql://postgres:postgres@127.0.0.1:5432/fairlead',
  },
});
