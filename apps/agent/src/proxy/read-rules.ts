import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AgentAnswer } from '@fairlead/core';
import { iptablesCounter, nftCounter, type IptablesCount } from './count-rules.js';
import { eachLine, ProgramFailed } from './programs.js';

type Rules = AgentAnswer<'read-proxy-rules'>;

/**
 * What the programs say of a table that is not there, and of a kernel that has no nf_tables for a family: no rule can
 * be there then.
 */
const nothingThere = /No such file or directory|not supported|rule set generation id/i;

const families = [
  { nft: 'ip', save: 'iptables-save', legacyNames: '/proc/net/ip_tables_names' },
  { nft: 'ip6', save: 'ip6tables-save', legacyNames: '/proc/net/ip6_tables_names' },
] as const;

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
  const iptables = await orNull(readIptables());
  const nftables = await orNull(readNftables());
  return {
    iptables,
    nftables,
    ipvs: await readIpvs(),
    problem: problems.length === 0 ? null : [...new Set(problems)].join(' '),
  };
}

async function readIptables(): Promise<IptablesCount> {
  const total = { chains: 0, rules: 0, services: 0 };
  for (const { save, legacyNames } of families) {
    const counter = iptablesCounter();
    const take = (line: string) => counter.take(line);
    await unlessNothing(eachLine('iptables-nft', [save], take));
    // Only where the kernel holds such tables: asking the legacy program for them would make them.
    if (await hasLegacyTables(legacyNames)) await eachLine('iptables-legacy', [save], take);
    const { chains, rules, services } = counter.total();
    total.chains += chains;
    total.rules += rules;
    total.services = Math.max(total.services, services);
  }
  return total;
}

/** Whether the kernel holds tables of legacy iptables in this network namespace. */
export async function hasLegacyTables(path: string): Promise<boolean> {
  return (await readFile(path, 'utf8').catch(() => '')).trim() !== '';
}

/** Asks for each table by its name: a list of all tables makes nft read every rule of the kernel. */
async function readNftables(): Promise<NonNullable<Rules['nftables']>> {
  const tables: string[] = [];
  let rules = 0;
  for (const { nft: family } of families) {
    const counter = nftCounter();
    const take = (line: string) => counter.take(line);
    if (!(await unlessNothing(eachLine('nft', ['list', 'table', family, 'kube-proxy'], take))))
      continue;
    tables.push(`${family} kube-proxy`);
    rules += counter.total();
  }
  return { tables, rules };
}

/** False when there was nothing to read. */
async function unlessNothing(reading: Promise<void>): Promise<boolean> {
  try {
    await reading;
    return true;
  } catch (error) {
    if (error instanceof ProgramFailed && nothingThere.test(error.message)) return false;
    throw error;
  }
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
