import { describe, expect, it } from 'vitest';
import type { CounterReading } from '@fairlead/core';
import {
  parseConntrackObjectBytes,
  parseConntrackStat,
  parseNetstat,
  parseSockstat,
  parseSoftnet,
} from './parse.js';
import {
  conntrackText,
  netstatText,
  slabinfoText,
  snmpText,
  sockstatText,
  softnetText,
} from './recorded.fixture.js';

function valueOf(readings: readonly CounterReading[], name: string): number | undefined {
  return readings.find((reading) => reading.name === name)?.value;
}

describe('parseNetstat', () => {
  it('gives every column its section and the name that the kernel gives it', () => {
    const readings = [...parseNetstat(snmpText), ...parseNetstat(netstatText)];

    expect(valueOf(readings, 'Tcp.RetransSegs')).toBe(227);
    expect(valueOf(readings, 'Udp.InDatagrams')).toBe(676);
    expect(valueOf(readings, 'IcmpMsg.OutType3')).toBe(15);
    expect(valueOf(readings, 'TcpExt.TWRecycled')).toBe(6);
    expect(valueOf(readings, 'IpExt.InOctets')).toBe(2_050_637_565);
  });

  it('tells levels and settings from counts', () => {
    const gauges = parseNetstat(snmpText).filter(({ kind }) => kind === 'gauge');

    expect(gauges.map(({ name }) => name)).toEqual([
      'Ip.Forwarding',
      'Ip.DefaultTTL',
      'Tcp.RtoAlgorithm',
      'Tcp.RtoMin',
      'Tcp.RtoMax',
      'Tcp.CurrEstab',
    ]);
  });

  it('leaves out a limit that is none', () => {
    expect(valueOf(parseNetstat(snmpText), 'Tcp.MaxConn')).toBeUndefined();
  });

  it('finds a column by name where a kernel has others before it', () => {
    const turned = 'TcpExt: New ListenDrops Other\nTcpExt: 1 7 2\n';

    expect(valueOf(parseNetstat(turned), 'TcpExt.ListenDrops')).toBe(7);
  });

  it('leaves out what has a name and no value', () => {
    expect(parseNetstat('TcpExt: A B\nTcpExt: 3\n')).toEqual([
      { name: 'TcpExt.A', value: 3, kind: 'counter' },
    ]);
  });

  it('does not read the values of one section under the names of another', () => {
    expect(parseNetstat('Lost: A\nTcpExt: B\nTcpExt: 3\n')).toEqual([
      { name: 'TcpExt.B', value: 3, kind: 'counter' },
    ]);
  });
});

describe('parseSoftnet', () => {
  it('adds up the CPUs, in hexadecimal', () => {
    expect(parseSoftnet(softnetText)).toEqual([
      { name: 'softnet.processed', value: 0x7f027 + 0x8ded4, kind: 'counter' },
      { name: 'softnet.dropped', value: 0, kind: 'counter' },
      { name: 'softnet.time_squeeze', value: 1, kind: 'counter' },
    ]);
  });

  it('gives no number for a text that is not of that form', () => {
    expect(parseSoftnet('')).toEqual([]);
    expect(parseSoftnet('zz zz zz\n')).toEqual([]);
  });
});

describe('parseConntrackStat', () => {
  it('does not add up the number of entries, which every CPU repeats', () => {
    const readings = parseConntrackStat(conntrackText);

    expect(readings[0]).toEqual({ name: 'conntrack.entries', value: 0x3b9, kind: 'gauge' });
  });

  it('adds up the other columns by the names of the header, in any order', () => {
    const text =
      'entries drop insert_failed\n0000000a 00000002 00000010\n0000000a 00000003 00000001\n';

    const readings = parseConntrackStat(text);

    expect(valueOf(readings, 'conntrack.drop')).toBe(5);
    expect(valueOf(readings, 'conntrack.insert_failed')).toBe(17);
  });

  it('names all columns of a current kernel', () => {
    const names = parseConntrackStat(conntrackText).map(({ name }) => name.split('.')[1]);

    expect(names).toEqual(conntrackText.split('\n')[0]?.trim().split(/\s+/));
  });

  it('gives no sum where a CPU lacks the column', () => {
    const readings = parseConntrackStat('entries drop\n0000000a 00000002\n0000000a\n');

    expect(valueOf(readings, 'conntrack.drop')).toBeUndefined();
  });
});

describe('parseSockstat', () => {
  it('reads levels by name', () => {
    const readings = parseSockstat(sockstatText);

    expect(readings).toContainEqual({ name: 'sockstat.TCP.tw', value: 119, kind: 'gauge' });
    expect(readings).toContainEqual({ name: 'sockstat.sockets.used', value: 448, kind: 'gauge' });
    expect(readings).toHaveLength(12);
  });
});

describe('parseConntrackObjectBytes', () => {
  it('reads the size of an entry, and not that of an expectation', () => {
    expect(parseConntrackObjectBytes(slabinfoText)).toBe(256);
  });

  it('says nothing where the kernel shows no such cache', () => {
    expect(parseConntrackObjectBytes('slabinfo - version: 2.1\n')).toBeNull();
  });
});
