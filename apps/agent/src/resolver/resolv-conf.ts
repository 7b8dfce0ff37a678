import { readFile } from 'node:fs/promises';
import type { ResolverReading } from '@fairlead/core';

const ownFile = '/etc/resolv.conf';
const linesAtMost = 200;

/** What a resolv.conf says. As the C library has it, the last `search` or `domain` counts, and options add up. */
export function parseResolvConf(text: string): ResolverReading {
  const reading: ResolverReading = { nameservers: [], searches: [], options: [] };
  for (const line of text.split('\n').slice(0, linesAtMost)) {
    const [word = '', ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver') reading.nameservers.push(...values.slice(0, 1));
    if (word === 'search' || word === 'domain') reading.searches = values;
    if (word === 'options') reading.options.push(...values);
  }
  return reading;
}

/** The file that this agent was given: in a pod, what any new pod of its policy gets on this node. */
export async function readOwnResolver(): Promise<ResolverReading> {
  return parseResolvConf(await readFile(ownFile, 'utf8'));
}
