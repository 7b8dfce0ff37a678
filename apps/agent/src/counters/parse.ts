import type { CounterReading } from '@fairlead/core';

const counter = (name: string, value: number): CounterReading => ({ name, value, kind: 'counter' });
const gauge = (name: string, value: number): CounterReading => ({ name, value, kind: 'gauge' });

/** Values of /proc/net/snmp that are levels or settings rather than counts. */
const snmpGauges = new Set([
  'Ip.Forwarding',
  'Ip.DefaultTTL',
  'Tcp.RtoAlgorithm',
  'Tcp.RtoMin',
  'Tcp.RtoMax',
  'Tcp.MaxConn',
  'Tcp.CurrEstab',
]);

/**
 * /proc/net/snmp and /proc/net/netstat: pairs of lines, names and then values, each behind its section.
 * By name, since kernels add columns.
 */
export function parseNetstat(text: string): CounterReading[] {
  const readings: CounterReading[] = [];
  let header: readonly string[] | null = null;
  for (const line of text.split('\n')) {
    const [section = '', ...words] = line.split(/[:\s]+/).filter((word) => word !== '');
    if (header?.[0] !== section) {
      header = [section, ...words];
      continue;
    }
    const [, ...names] = header;
    names.forEach((name, column) => {
      const value = Number(words[column]);
      // -1 stands for "no limit", and a missing column is no number.
      if (!Number.isFinite(value) || value < 0) return;
      const full = `${section}.${name}`;
      readings.push(snmpGauges.has(full) ? gauge(full, value) : counter(full, value));
    });
    header = null;
  }
  return readings;
}

/**
 * /proc/net/softnet_stat: hexadecimal, a line for each CPU. It has no header; the first three columns have kept
 * their meaning since it exists: processed, dropped (backlog full), time_squeeze (budget exhausted).
 */
export function parseSoftnet(text: string): CounterReading[] {
  const rows = hexRows(text.split('\n'));
  if (rows.length === 0) return [];
  return ['processed', 'dropped', 'time_squeeze'].flatMap((name, column) =>
    summed(`softnet.${name}`, rows, column),
  );
}

/**
 * /proc/net/stat/nf_conntrack: hexadecimal, a header, a line for each CPU. `entries` repeats the table's total on
 * every line and is not summed. Source: the kernel's
 * net/netfilter/nf_conntrack_standalone.c.
 */
export function parseConntrackStat(text: string): CounterReading[] {
  const [header = '', ...lines] = text.split('\n');
  const rows = hexRows(lines);
  if (rows.length === 0) return [];
  return wordsOf(header).flatMap((name, column) => {
    if (name !== 'entries') return summed(`conntrack.${name}`, rows, column);
    const entries = rows[0]?.[column];
    return entries === undefined || !Number.isFinite(entries)
      ? []
      : [gauge('conntrack.entries', entries)];
  });
}

function hexRows(lines: readonly string[]): number[][] {
  return lines
    .map((line) => wordsOf(line).map((word) => Number.parseInt(word, 16)))
    .filter((row) => row.length > 0);
}

/** Over all CPUs; nothing when one of them has no such column, rather than a sum that is too small. */
function summed(name: string, rows: readonly number[][], column: number): CounterReading[] {
  const sum = rows.reduce((total, row) => total + (row[column] ?? Number.NaN), 0);
  return Number.isFinite(sum) ? [counter(name, sum)] : [];
}

function wordsOf(line: string): string[] {
  return line.split(/\s+/).filter((word) => word !== '');
}

/** /proc/net/sockstat: `TCP: inuse 5 orphan 0 tw 2 …`, all levels. */
export function parseSockstat(text: string): CounterReading[] {
  const readings: CounterReading[] = [];
  for (const line of text.split('\n')) {
    const [section = '', rest = ''] = line.split(':');
    const words = wordsOf(rest);
    for (let at = 0; at + 1 < words.length; at += 2) {
      const value = Number(words[at + 1]);
      if (Number.isFinite(value))
        readings.push(gauge(`sockstat.${section}.${words[at] ?? ''}`, value));
    }
  }
  return readings;
}

/** Object size of conntrack entries out of /proc/slabinfo, bytes; null where there is none to read. */
export function parseConntrackObjectBytes(slabinfo: string): number | null {
  const line = slabinfo.split('\n').find((candidate) => candidate.startsWith('nf_conntrack '));
  const bytes = Number(line?.trim().split(/\s+/)[3]);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : null;
}
