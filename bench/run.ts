import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs the named benchmarks, or all, one after the other: two at once would measure each other. */
const all = ['create-job', 'audit', 'api-requests', 'plan-time', 'proxy-switch', 'memory'];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !all.includes(name));
if (unknown.length > 0)
  throw new Error(`Unknown: ${unknown.join(', ')}. Known: ${all.join(', ')}.`);

for (const name of named.length > 0 ? named : all) {
  const script = join(import.meta.dirname, `${name}.ts`);
  const { status } = spawnSync(process.execPath, [script], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
