#!/usr/bin/env node
// Stands behind `npm test`: installs what is missing, builds, and runs every test that can run here.
// Arguments are names of test projects (unit, int, e2e); without any, all of them.
import { ensureInstalled, node24, run } from './bootstrap.mjs';

const projects = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const chosen = projects.length > 0 ? projects : ['unit', 'int', 'e2e'];

await ensureInstalled();
await run('nx', ['run-many', '-t', 'build', '--parallel=2', '--outputStyle=static'], {
  quiet: true,
});
const code = await run(
  node24(),
  [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...chosen.flatMap((name) => ['--project', name]),
    ...flags,
  ],
  { mayFail: true },
);
process.exit(code);
