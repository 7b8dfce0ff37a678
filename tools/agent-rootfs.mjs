#!/usr/bin/env node
// Assembles the agent's root filesystem in a folder: what deploy/agent/Dockerfile puts into the image, for
// places without Docker. Usage: node tools/agent-rootfs.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/agent-rootfs.mjs FOLDER');
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const node = join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), 'bin/node');
const nsenter = ['/usr/bin/nsenter', '/bin/nsenter'].find((path) => existsSync(path));
if (nsenter === undefined) {
  console.error('nsenter is missing: install util-linux.');
  process.exit(1);
}

/** The shared libraries that a program needs, with its loader, by the path that it asks for. */
function librariesOf(program) {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => line.split(/\s+/).filter((word) => word.startsWith('/')));
}

function put(from, to) {
  const target = join(folder, to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(realpathSync(from), target);
  chmodSync(target, 0o755);
}

put(node, '/node');
put(nsenter, '/usr/bin/nsenter');
put(join(root, 'apps/agent/dist/agent.cjs'), '/agent.js');
for (const library of new Set([...librariesOf(node), ...librariesOf(nsenter)]))
  put(library, library);
mkdirSync(join(folder, 'proc'), { recursive: true });
