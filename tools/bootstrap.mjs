// Shared by start.mjs and test.mjs. Runs on the system's Node (20 or newer), before anything is installed:
// no dependencies, no syntax newer than that.
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const bin = join(root, 'node_modules', '.bin');

/** The environment of everything that is run: the workspace's own programs first, Nx by itself. */
function environment(extra) {
  return {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH ?? ''}`,
    NX_DAEMON: 'false',
    NX_NO_CLOUD: 'true',
    ...extra,
  };
}

/** Runs `npm ci` unless node_modules is at least as new as package-lock.json. */
export async function ensureInstalled() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20)
    throw new Error(`Node 20 or newer is needed to start; this is ${process.version}.`);
  if (isInstalled()) return;
  process.stdout.write('Installing dependencies (npm ci, a minute or two) …\n');
  await run('npm', ['ci', '--no-audit', '--no-fund'], { quiet: true });
}

function isInstalled() {
  // npm writes this file last, so an interrupted installation does not count.
  const mark = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(mark)) return false;
  return statSync(mark).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** Path of the Node 24 that the lock file names. Throws when this machine has none in the lock. */
export function node24() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    const require = createRequire(join(root, 'package.json'));
    return join(require.resolve(`${name}/package.json`), '..', 'bin', 'node');
  } catch (cause) {
    throw new Error(`Fairlead runs on Linux, x64 or arm64: there is no ${name}.`, { cause });
  }
}

/**
 * Runs a program in the repository's root and waits for it.
 *
 * @param options  `quiet` keeps its output back and shows it only when it fails; `mayFail` returns
 *                 the exit code instead of throwing; `env` adds variables; `forward` passes SIGINT and
 *                 SIGTERM on and leaves the ending to the program
 * @returns        the exit code
 */
export async function run(command, args, options = {}) {
  const { quiet = false, mayFail = false, env = {}, forward = false } = options;
  const child = spawn(command, args, {
    cwd: root,
    env: environment(env),
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
  });
  const kept = [];
  child.stdout?.on('data', (chunk) => kept.push(chunk));
  child.stderr?.on('data', (chunk) => kept.push(chunk));
  // A terminal sends Ctrl-C to the whole group; a service manager sends SIGTERM to this process alone.
  const ignore = () => undefined;
  const pass = () => child.kill('SIGTERM');
  if (forward) process.on('SIGINT', ignore).on('SIGTERM', pass);

  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => resolve(exit ?? (signal === 'SIGINT' ? 130 : 143)));
  });
  if (forward) process.off('SIGINT', ignore).off('SIGTERM', pass);
  if (code !== 0 && quiet) process.stderr.write(Buffer.concat(kept));
  if (code !== 0 && !mayFail) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
  return code;
}
