import { defineConfig } from 'vitest/config';

// Workspace packages resolve to their sources, so that a unit test needs no build.
const resolve = { conditions: ['fairlead-source', 'node'] };
const ssr = { resolve };
// The environment in which vitest loads global set-ups.
const environments = { __vitest__: { resolve } };

export default defineConfig({
  test: {
    reporters: ['default', './tools/count-reporter.ts'],
    projects: [
      {
        resolve,
        ssr,
        environments,
        test: {
          name: 'unit',
          // Properties over hundreds of cases take their time where a machine is shared.
          testTimeout: 30_000,
          include: ['{apps,libs}/*/src/**/*.spec.ts', 'tools/**/*.spec.ts'],
          exclude: ['**/*.int.spec.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        resolve,
        ssr,
        environments,
        test: {
          name: 'int',
          include: ['{apps,libs}/*/src/**/*.int.spec.ts'],
          globalSetup: ['libs/testkit/src/postgres-for-tests.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        resolve,
        ssr,
        environments,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.ts'],
          globalSetup: ['e2e/setup.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
