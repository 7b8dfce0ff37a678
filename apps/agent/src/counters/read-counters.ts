import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CounterReading } from '@fairlead/core';
import {
  parseConntrackObjectBytes,
  parseConntrackStat,
  parseNetstat,
  parseSockstat,
  parseSoftnet,
} from './parse.js';

/**
 * Every counter of the network namespace that this process is in; what a kernel lacks is left out.
 *
 * @param proc  folder that shows /proc
 */
export async function readCounters(proc = '/proc'): Promise<CounterReading[]> {
  const sources = [
    ['net/snmp', parseNetstat],
    ['net/netstat', parseNetstat],
    ['net/softnet_stat', parseSoftnet],
    ['net/stat/nf_conntrack', parseConntrackStat],
    ['net/sockstat', parseSockstat],
  ] as const;
  const parsed = await Promise.all(
    sources.map(async ([file, parse]) => {
      const text = await textOrNull(join(proc, file));
      return text === null ? [] : parse(text);
    }),
  );
  return [...parsed.flat(), ...(await conntrackLevels(proc))];
}

async function conntrackLevels(proc: string): Promise<CounterReading[]> {
  const readings: CounterReading[] = [];
  for (const name of ['count', 'max', 'buckets']) {
    const text = await textOrNull(join(proc, `sys/net/netfilter/nf_conntrack_${name}`));
    const value = text === null ? Number.NaN : Number(text);
    if (Number.isFinite(value)) readings.push({ name: `conntrack.${name}`, value, kind: 'gauge' });
  }
  const slabinfo = await textOrNull(join(proc, 'slabinfo'));
  const bytes = slabinfo === null ? null : parseConntrackObjectBytes(slabinfo);
  if (bytes !== null)
    readings.push({ name: 'conntrack.object_bytes', value: bytes, kind: 'gauge' });
  return readings;
}

async function textOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return null;
  }
}
