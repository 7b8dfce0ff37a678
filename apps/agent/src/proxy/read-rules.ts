import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import type { AgentAnswer } from '@fairlead/core';
import { iptablesCounter, nftCounter, type IptablesCount } from './count-rules.js';
import { eachLine, linesOf, ProgramFailed, type ProgramName } from './programs.js';

type Rules = AgentAnswer<'read-proxy-rules'>;

/** What nft says where the kernel has no nf_tables for a family: no rule can be there then. */
const noSupport = /not supported|No such file or directory/i;

const nothing: IptablesCount = { chains: 0, rules: 0, services: 0 };

/**
 * kube-proxy's own rules in the network namespace that this process is in: iptables over either back end, nftables
 * and IPVS. What a kernel does not have is empty; what could not be read is null, with the reason.
 */
export async function readProxyRules(): Promise<Rules> {
  const problems: string[] = [];
  const orNull = async <T>(read: Promise<T>): Promise<T | null> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof ProgramFailed)) throw error;
      problems.push(error.message);
      return null;
    }
  };
  const tables = await orNull(nftTables());
  const iptables = tables === null ? null : await orNull(readIptables(tables));
  const nftables = tables === null ? null : await orNull(readNftables(tables));
  const ipvs = await readIpvs();
  return {
    iptables,
    nftables,
    ipvs,
    problem: problems.length === 0 ? null : [...new Set(problems)].join(' '),
  };
}

/** `ip nat`, `ip6 kube-proxy`. */
export async function nftTables(): Promise<readonly string[]> {
  try {
    const lines = await linesOf('nft', ['list', 'tables']);
    return lines.flatMap((line) => /^table (\S+ \S+)/.exec(line)?.[1] ?? []);
  } catch (error) {
    if (error instanceof ProgramFailed && noSupport.test(error.message)) return [];
    throw error;
  }
}

async function readIptables(tables: readonly string[]): Promise<IptablesCount> {
  const families = await Promise.all([
    count('', tables.some(isIptablesTable('ip')), await legacyTables('/proc/net/ip_tables_names')),
    count(
      '6',
      tables.some(isIptablesTable('ip6')),
      await legacyTables('/proc/net/ip6_tables_names'),
    ),
  ]);
  const [four = nothing, six = nothing] = families;
  return {
    chains: four.chains + six.chains,
    rules: four.rules + six.rules,
    services: Math.max(four.services, six.services),
  };
}

function isIptablesTable(family: 'ip' | 'ip6'): (table: string) => boolean {
  const names = ['nat', 'filter', 'mangle', 'raw'].map((name) => `${family} ${name}`);
  return (table) => names.includes(table);
}

/** Looks only where there are tables: asking the legacy program would make them. */
async function count(six: '' | '6', nft: boolean, legacy: boolean): Promise<IptablesCount> {
  const counter = iptablesCounter();
  const save = async (program: ProgramName) =>
    await eachLine(program, [`ip${six}tables-save`], (line) => counter.take(line));
  if (nft) await save('iptables-nft');
  if (legacy) await save('iptables-legacy');
  return counter.total();
}

/** Whether the kernel holds tables of legacy iptables in this network namespace. */
export async function legacyTables(path: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => '')).trim() !== '';
}

async function readNftables(tables: readonly string[]): Promise<NonNullable<Rules['nftables']>> {
  const own = tables.filter((table) => table.endsWith(' kube-proxy'));
  let rules = 0;
  for (const table of own) {
    const counter = nftCounter();
    const [family = 'ip', name = 'kube-proxy'] = table.split(' ');
    await eachLine('nft', ['list', 'table', family, name], (line) => counter.take(line));
    rules += counter.total();
  }
  return { tables: own, rules };
}

async function readIpvs(): Promise<NonNullable<Rules['ipvs']>> {
  const text = await readFile('/proc/net/ip_vs', 'utf8').catch(() => '');
  return {
    virtualServers: countVirtualServers(text),
    interface: existsSync('/sys/class/net/kube-ipvs0'),
  };
}

/** @param text  /proc/net/ip_vs: three lines of heading, then a line a server and `  ->` lines of its backends */
export function countVirtualServers(text: string): number {
  return text.split('\n').filter((line) => /^(TCP|UDP|SCTP|FWM)\s/.test(line)).length;
}
