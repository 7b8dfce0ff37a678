#!/usr/bin/env node
// Assembles the agent's root filesystem in a folder: what deploy/agent/Dockerfile puts into the image, for
// places without Docker. Usage: node tools/agent-rootfs.mjs FOLDER
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/agent-rootfs.mjs FOLDER');
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const node = join(dirname(require.resolve(`node-linux-${process.arch}/package.json`)), 'bin/node');
const koffi = koffiLibrary();
const nsenter = found('nsenter', 'util-linux');
/** What reads packet rules and tracked connections, by the paths that apps/agent/src/proxy/programs.ts starts. */
const readers = [
  found('nft', 'nftables'),
  found('xtables-nft-multi', 'iptables'),
  found('xtables-legacy-multi', 'iptables'),
  found('conntrack', 'conntrack'),
];
/** Without them iptables cannot print the rules that use them. */
const extensions = extensionFolder();

function koffiLibrary() {
  const name = `@koromix/koffi-linux-${process.arch}`;
  try {
    const installed = dirname(require.resolve(`${name}/package.json`));
    return join(installed, `linux_${process.arch}/koffi.node`);
  } catch {
    console.error(`${name} is missing: run npm ci.`);
    process.exit(1);
  }
}

function found(name, debianPackage) {
  const path = ['/usr/sbin', '/usr/bin', '/sbin', '/bin']
    .map((directory) => join(directory, name))
    .find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  console.error(`${name} is missing: install ${debianPackage}.`);
  process.exit(1);
}

function extensionFolder() {
  const [library] = librariesOf('/usr/sbin/xtables-nft-multi').filter((path) =>
    path.includes('libxtables'),
  );
  const directory = join('/usr', dirname(library ?? '').replace(/^\/usr/, ''), 'xtables');
  if (existsSync(directory)) return directory;
  console.error(`The extensions of iptables are not in ${directory}.`);
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
for (const reader of readers) put(reader, join('/usr/sbin', basename(reader)));
for (const file of readdirSync(extensions)) {
  if (file.endsWith('.so')) put(join(extensions, file), join(extensions, file));
}
put(join(root, 'apps/agent/dist/agent.cjs'), '/agent.js');
put(koffi, '/koffi.node');
for (const library of new Set([node, nsenter, koffi, ...readers].flatMap(librariesOf)))
  put(library, library);
mkdirSync(join(folder, 'proc'), { recursive: true });
