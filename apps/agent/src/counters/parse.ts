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
  const lines = text.split('\n').filter((line) => line.includes(':'));
  const readings: CounterReading[] = [];
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [section, ...names] = (lines[at] ?? '').split(/[:\s]+/).filter((word) => word !== '');
    const [sameSection, ...values] = (lines[at + 1] ?? '')
      .split(/[:\s]+/)
      .filter((word) => word !== '');
    if (section === undefined || section !== sameSection) continue;
    names.forEach((name, column) => {
      const value = Number(values[column]);
      if (!Number.isFinite(value) || value < 0) return;
      const full = `${section}.${name}`;
      readings.push(snmpGauges.has(full) ? gauge(full, value) : counter(full, value));
    });
  }
  return readings;
}

/**
 * /proc/net/softnet_stat: hexadecimal, a line for each CPU, without a header. The first three columns have kept
 * their meaning: processed, dropped (backlog full), time_squeeze (budget exhausted).
 */
export function parseSoftnet(text: string): CounterReading[] {
  const sums = [0, 0, 0];
  for (const line of text.split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (columns.length < 3) continue;
    sums.forEach((sum, at) => (sums[at] = sum + Number.parseInt(columns[at] ?? '0', 16)));
  }
  const [processed = 0, dropped = 0, squeezed = 0] = sums;
  return [
    counter('softnet.processed', processed),
    counter('softnet.dropped', dropped),
    counter('softnet.time_squeeze', squeezed),
  ];
}

/**
 * /proc/net/stat/nf_conntrack: hexadecimal, a header, a line for each CPU. `entries` repeats the table's total on
 * every line and is not summed. Source: domain.md 2.4.
 */
export function parseConntrackStat(text: string): CounterReading[] {
  const [header, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  const names = header?.trim().split(/\s+/) ?? [];
  const rows = lines.map((line) =>
    line
      .trim()
      .split(/\s+/)
      .map((word) => Number.parseInt(word, 16)),
  );
  return names.map((name, column) => {
    const values = rows.map((row) => row[column] ?? 0);
    if (name === 'entries') return gauge('conntrack.entries', values[0] ?? 0);
    return counter(
      `conntrack.${name}`,
      values.reduce((sum, value) => sum + value, 0),
    );
  });
}

/** /proc/net/sockstat: `TCP: inuse 5 orphan 0 tw 2 …`, all levels. */
export function parseSockstat(text: string): CounterReading[] {
  return text.split('\n').flatMap((line) => {
    const [section, rest] = line.split(':');
    const words = rest?.trim().split(/\s+/) ?? [];
    return words.flatMap((name, at) => {
      const value = Number(words[at + 1]);
      const isName = at % 2 === 0 && Number.isFinite(value);
      return isName ? [gauge(`sockstat.${section ?? ''}.${name}`, value)] : [];
    });
  });
}

/** Object size of conntrack entries out of /proc/slabinfo, bytes; null where there is none to read. */
export function parseConntrackObjectBytes(slabinfo: string): number | null {
  const line = slabinfo.split('\n').find((candidate) => candidate.startsWith('nf_conntrack '));
  const bytes = Number(line?.trim().split(/\s+/)[3]);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : null;
}
