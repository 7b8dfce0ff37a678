import { kernelKeyNames } from '@fairlead/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { catalogue, sysctlKeys, valueText } from './catalogue.js';
import { joined, portsOf, portsText, uncovered } from './growth.js';
import { SysctlSettings } from './settings.js';

const accepts = (host: object) => SysctlSettings.safeParse({ host }).success;

describe('SysctlSettings', () => {
  it('knows every kernel key but those of conntrack', () => {
    expect(sysctlKeys.toSorted()).toEqual(
      kernelKeyNames.filter((key) => !key.startsWith('net.netfilter.')).toSorted(),
    );
  });

  it.each([
    ['net.core.somaxconn', 128, 65_535],
    ['net.core.rmem_max', 212_992, 67_108_864],
    ['net.core.netdev_max_backlog', 1000, 30_000],
    ['net.ipv4.tcp_max_syn_backlog', 128, 65_536],
  ])('bounds %s from %d to %d', (key, min, max) => {
    const verdicts = [min - 1, min, max, max + 1].map((value) => accepts({ [key]: { value } }));

    expect(verdicts).toEqual([false, true, true, false]);
  });

  it.each([
    ['a triple that falls', { 'net.ipv4.tcp_rmem': { value: [8192, 4096, 16_384] } }],
    ['ports below 1024', { 'net.ipv4.ip_local_port_range': { value: [1000, 65_535] } }],
    [
      'a range the wrong way round',
      { 'net.ipv4.ip_local_port_range': { value: [60_000, 32_768] } },
    ],
    [
      'a list of ports with a word in it',
      { 'net.ipv4.ip_local_reserved_ports': { value: '8080,http' } },
    ],
    ['a port beyond the last', { 'net.ipv4.ip_local_reserved_ports': { value: '65536' } }],
    ['at least a choice', { 'net.ipv4.tcp_tw_reuse': { atLeast: 1 } }],
    ['tcp_tw_recycle, which no kernel has', { 'net.ipv4.tcp_tw_recycle': { value: 1 } }],
    ['conntrack’s keys', { 'net.netfilter.nf_conntrack_max': { value: 262_144 } }],
    ['both a value and at least', { 'net.core.somaxconn': { value: 8192, atLeast: 8192 } }],
    ['nothing at all', {}],
  ])('refuses %s', (_what, host) => {
    expect(accepts(host)).toBe(false);
  });

  it('refuses neighbour limits that fall', () => {
    const limits = (first: number, third: number) => ({
      'net.ipv4.neigh.default.gc_thresh1': { value: first },
      'net.ipv4.neigh.default.gc_thresh3': { value: third },
    });

    expect([accepts(limits(8192, 65_536)), accepts(limits(65_536, 8192))]).toEqual([true, false]);
  });

  it('refuses keys in pods that pods have no value of their own for', () => {
    const pods = [
      {
        namespace: 'a',
        kind: 'Deployment',
        name: 'b',
        sysctls: { 'net.core.rmem_max': 4_194_304 },
      },
    ];

    expect(SysctlSettings.safeParse({ pods }).success).toBe(false);
  });

  it('accepts the default of every key that has a fixed one', () => {
    const refused = sysctlKeys.filter((key) => {
      const { kernelDefault, shape } = catalogue[key];
      const fields = kernelDefault.split(' ').map(Number);
      const asRead = fields.some(Number.isNaN)
        ? kernelDefault
        : fields.length > 1
          ? fields
          : fields[0];
      const value = kernelDefault === '' ? '' : asRead;
      return kernelDefault !== 'by memory' && !shape.safeParse(value).success;
    });

    expect(refused).toEqual([]);
  });
});

describe('growth', () => {
  it.each([
    ['higher', '4096', '8192', '8192'],
    ['higher', '8192', '4096', '8192'],
    ['higher', '4096 131072 6291456', '4096 65536 16777216', '4096 131072 16777216'],
    ['wider', '32768 60999', '20000 50000', '20000 60999'],
    ['superset', '8080', '30000-32767', '8080,30000-32767'],
  ] as const)('joins %s %s and %s to %s', (growth, current, wanted, expected) => {
    expect(joined(growth, current, wanted)).toBe(expected);
  });

  it('writes ports as the kernel answers them', () => {
    expect(valueText('net.ipv4.ip_local_reserved_ports', '30000-32767,8081,8080')).toBe(
      '8080-8081,30000-32767',
    );
  });

  const range = fc
    .tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 40 }))
    .map(([first, more]) => [first, first + more] as const);

  it('loses no port and invents none', () => {
    const members = (ranges: readonly (readonly [number, number])[]) =>
      new Set(
        ranges.flatMap(([first, last]) =>
          Array.from({ length: last - first + 1 }, (_, at) => first + at),
        ),
      );

    fc.assert(
      fc.property(fc.array(range), fc.array(range), (ours, theirs) => {
        expect(members(portsOf(portsText(ours)))).toEqual(members(ours));
        expect(members(uncovered(ours, theirs))).toEqual(members(ours).difference(members(theirs)));
      }),
    );
  });
});
