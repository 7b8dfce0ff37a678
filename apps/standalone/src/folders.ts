import { join, resolve } from 'node:path';

/** The repository: this file lies in apps/standalone/src or dist. */
export const repository = resolve(import.meta.dirname, '../../..');

export const migrationsFolder = join(repository, 'prisma', 'migrations');

/** Where everything of one installation lies. */
export interface Folders {
  readonly root: string;
  readonly postgres: string;
  readonly logs: string;
  readonly simulator: string;
  readonly fleetFile: string;
  readonly secretKeyFile: string;
  readonly processFile: string;
  readonly adminNote: string;
}

export function foldersIn(asked: string | undefined): Folders {
  const root = asked === undefined ? join(repository, '.fairlead') : resolve(asked);
  return {
    root,
    postgres: join(root, 'postgres'),
    logs: join(root, 'logs'),
    simulator: join(root, 'simulator'),
    fleetFile: join(root, 'simulator', 'clusters.json'),
    secretKeyFile: join(root, 'secret.key'),
    processFile: join(root, 'processes.json'),
    adminNote: join(root, 'first-admin-key.txt'),
  };
}

/** What a start script runs: built code of a sibling app. */
export function programOf(app: 'gateway' | 'worker' | 'simulator'): string {
  return join(repository, 'apps', app, 'dist', 'main.js');
}
