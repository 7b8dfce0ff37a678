import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// Sources name each other by `.js`, as the compiler's output will; Node looks for the file itself.
const resolveSources = `
import { registerHooks } from 'node:module';
registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!specifier.endsWith('.js')) throw error;
      return next(specifier.slice(0, -3) + '.ts', context);
    }
  },
});`;

/** Runs a TypeScript source of the workspace in a process of its own, without a build. */
export function spawnSource(
  source: URL,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const hooks = `data:text/javascript,${encodeURIComponent(resolveSources)}`;
  const path = fileURLToPath(source);
  return spawn(
    process.execPath,
    ['--conditions=fairlead-source', '--import', hooks, path, ...args],
    {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
}
