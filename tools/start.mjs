#!/usr/bin/env node
// Stands behind `npm start`: installs what is missing, builds, and starts everything on one machine.
// Arguments go to the standalone program: `npm start -- --once` ends after the first job.
import { ensureInstalled, node24, run } from './bootstrap.mjs';

try {
  await ensureInstalled();
  process.stdout.write('Building …\n');
  await run('nx', ['run-many', '-t', 'build', '--parallel=2', '--outputStyle=static'], {
    quiet: true,
  });
  const program = ['apps/standalone/dist/main.js', ...process.argv.slice(2)];
  process.exitCode = await run(node24(), program, { mayFail: true, forward: true });
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
