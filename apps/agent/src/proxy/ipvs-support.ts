import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentAnswer } from '@fairlead/core';

/** Parts of a kernel that IPVS mode needs, by the names of their modules, loaded, built in, or there to load. */
export interface KernelParts {
  readonly loaded: ReadonlySet<string>;
  /** Module files under /lib/modules, which kube-proxy loads when it needs them. */
  readonly loadable: ReadonlySet<string>;
}

/** Everything but schedulers, of which one is enough. */
const needed = {
  ip_vs: 'IPVS itself',
  ip_set: 'ipset',
  ip_set_hash_ipport: 'the ipset type hash:ip,port',
  dummy: 'dummy interfaces, which kube-ipvs0 is one of',
} as const;

/** A function that each part has in a kernel's symbol table, whether it is built in or a loaded module. */
const symbols: Readonly<Record<string, string>> = {
  ip_vs_in_hook: 'ip_vs',
  ip_set_create: 'ip_set',
  hash_ipport_create: 'ip_set_hash_ipport',
  dummy_setup: 'dummy',
};
const schedulerSymbol = /^ip_vs_([a-z]+)_schedule$/;
const schedulerModule = /^ip_vs_(rr|wrr|lc|wlc|lblc|lblcr|sh|dh|sed|nq|mh|fo|ovf)$/;

/** Reads the symbol table, which names built-in parts too, and the modules that the host could load. */
export async function readKernelParts(
  proc = '/proc',
  modules = '/lib/modules',
): Promise<KernelParts> {
  const loaded = new Set<string>();
  const symbolTable = join(proc, 'kallsyms');
  if (existsSync(symbolTable)) {
    for await (const line of createInterface({ input: createReadStream(symbolTable) })) {
      const part = partOfSymbol(line.split(' ', 3)[2]?.split('\t')[0] ?? '');
      if (part !== null) loaded.add(part);
    }
  }
  for (const line of (await textOf(join(proc, 'modules'))).split('\n')) {
    const [name] = line.split(' ');
    if (name !== undefined && name !== '') loaded.add(name);
  }
  if (existsSync(join(proc, 'net/ip_vs'))) loaded.add('ip_vs');
  const folder = join(modules, release());
  const files = `${await textOf(join(folder, 'modules.dep'))}\n${await textOf(join(folder, 'modules.builtin'))}`;
  return { loaded, loadable: new Set(files.split('\n').flatMap(moduleOfFile)) };
}

function partOfSymbol(symbol: string): string | null {
  const scheduler = schedulerSymbol.exec(symbol)?.[1];
  return scheduler === undefined ? (symbols[symbol] ?? null) : `ip_vs_${scheduler}`;
}

/** `kernel/net/netfilter/ipvs/ip_vs_rr.ko.xz: …` names the module `ip_vs_rr`. */
function moduleOfFile(line: string): string[] {
  const name = /([^/:\s]+)\.ko(?:\.\w+)?(?::|$)/.exec(line)?.[1];
  return name === undefined ? [] : [name.replaceAll('-', '_')];
}

export function ipvsSupport({
  loaded,
  loadable,
}: KernelParts): AgentAnswer<'read-proxy-support'>['ipvs'] {
  const has = (name: string) => loaded.has(name) || loadable.has(name);
  const schedulers = [...new Set([...loaded, ...loadable])]
    .flatMap((name) => schedulerModule.exec(name)?.[1] ?? [])
    .toSorted();
  const missing = Object.entries(needed).flatMap(([name, what]) =>
    has(name) ? [] : [`${name} (${what})`],
  );
  if (schedulers.length === 0) missing.push('ip_vs_rr (any scheduler)');
  const why =
    missing.length === 0
      ? `The kernel has IPVS with the schedulers ${schedulers.join(', ')}.`
      : `The kernel has no ${missing.join(', no ')}.`;
  return { usable: missing.length === 0, schedulers, why };
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}
