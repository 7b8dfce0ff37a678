import { z } from 'zod';
import { parseEnv } from './env.js';
import { foldersIn } from './folders.js';
import { runStandalone } from './run-standalone.js';

const ending = new AbortController();
// SIGHUP too: a closed terminal must not leave a database behind.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => ending.abort());
}

try {
  const env = parseEnv(process.env);
  process.exitCode = await runStandalone({
    env,
    folders: foldersIn(env.FAIRLEAD_DATA_FOLDER),
    once: env.FAIRLEAD_ONCE === '1' || process.argv.includes('--once'),
    say: (text) => process.stdout.write(`${text}\n`),
    surroundings: Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('FAIRLEAD_')),
    ),
    signal: ending.signal,
  });
} catch (error) {
  const text = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
}
