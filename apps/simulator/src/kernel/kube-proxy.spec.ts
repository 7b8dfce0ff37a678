import { describe, expect, it } from 'vitest';
import { SimulatedNode } from '../config.js';
import { secondsOf, startKubeProxy, wantedMax } from './kube-proxy.js';
import { NodeKernel } from './node-kernel.js';

const aKernel = (keys: Record<string, string>, overrides: Record<string, unknown> = {}) =>
  new NodeKernel(
    SimulatedNode.parse({ name: 'n', cpus: 4, keys, ...overrides }),
    'seed',
    () => new Date(0),
  );

const max = 'net.netfilter.nf_conntrack_max';
const established = 'net.netfilter.nf_conntrack_tcp_timeout_established';

describe('wantedMax', () => {
  it.each([
    { maxPerCore: 32_768, min: 131_072, cpus: 4, minor: 35, max: 131_072 },
    { maxPerCore: 32_768, min: 131_072, cpus: 64, minor: 35, max: 2_097_152 },
    { maxPerCore: 32_768, min: 131_072, cpus: 64, minor: 36, max: 1_048_576 },
    { maxPerCore: 1, min: 2_000_000, cpus: 64, minor: 36, max: 2_000_000 },
    { maxPerCore: 0, min: 131_072, cpus: 4, minor: 36, max: null },
  ])('gives $max for $maxPerCore per core, at least $min, on $cpus cores under 1.$minor', (row) => {
    expect(wantedMax(row.maxPerCore, row.min, row.cpus, row.minor)).toBe(row.max);
  });
});

describe('startKubeProxy', () => {
  it.each([
    { version: '1.28.4', kept: '500000', timeout: '432000' },
    { version: '1.29.0', kept: '131072', timeout: '86400' },
    { version: '1.36.0', kept: '131072', timeout: '86400' },
    { version: '1.38.0', kept: '500000', timeout: '86400' },
  ])(
    'in $version leaves a hand-set table of 500000 at $kept and the timeout at $timeout',
    ({ version, kept, timeout }) => {
      const kernel = aKernel({ [max]: '500000' });

      expect(startKubeProxy(kernel, 'mode: ""', version)).toBe('iptables');

      expect([kernel.readHost(max).value, kernel.readHost(established).value]).toEqual([
        kept,
        timeout,
      ]);
    },
  );

  it('raises the buckets to a quarter of the entries and never lowers them', () => {
    const kernel = aKernel({ 'net.netfilter.nf_conntrack_buckets': '1024' });

    startKubeProxy(kernel, 'conntrack: {maxPerCore: 1, min: 400000}', '1.36.3');
    startKubeProxy(kernel, 'conntrack: {maxPerCore: 1, min: 4000}', '1.36.3');

    expect(kernel.number('net.netfilter.nf_conntrack_buckets')).toBe(100_000);
    expect(kernel.number(max)).toBe(4000);
  });

  it('does not start where it would have to write and cannot, and starts where it is told to stay away', () => {
    const kernel = aKernel({}, { readOnly: [max] });

    expect(() => startKubeProxy(kernel, 'mode: nftables', '1.36.3')).toThrow(/EACCES/);
    expect(startKubeProxy(kernel, 'mode: nftables\nconntrack: {maxPerCore: 0}', '1.36.3')).toBe(
      'nftables',
    );
  });

  it('does not start in a mode that its kernel has not the parts for', () => {
    expect(() => startKubeProxy(aKernel({}), 'mode: ipvs', '1.36.3')).toThrow(/no ip_vs/);
    expect(() => startKubeProxy(aKernel({}, { nft: false }), 'mode: nftables', '1.36.3')).toThrow(
      /nftables/,
    );
  });

  it.each([
    ['iptables', 'nftables', { iptables: 0, nftables: 1, ipvs: false }],
    ['nftables', 'iptables', { iptables: 3, nftables: 0, ipvs: false }],
    ['ipvs', 'nftables', { iptables: 0, nftables: 1, ipvs: false }],
    ['iptables', 'ipvs', { iptables: 3, nftables: 0, ipvs: true }],
    ['ipvs', 'iptables', { iptables: 3, nftables: 0, ipvs: true }],
  ])('going from %s to %s leaves in the kernel what the real one does', (from, to, left) => {
    const kernel = aKernel({}, { ipvsSchedulers: ['rr'] });
    const services = () => 3;

    startKubeProxy(kernel, `mode: ${from}`, '1.36.3', services);
    startKubeProxy(kernel, `mode: ${to}`, '1.36.3', services);

    const { iptables, nftables, ipvs } = kernel.proxyRules.read();
    expect({
      iptables: iptables?.services,
      nftables: nftables?.tables.length,
      ipvs: ipvs?.interface,
    }).toEqual(left);
  });
});

describe('secondsOf', () => {
  it.each([
    ['24h0m0s', 86_400],
    ['1h', 3600],
    ['90s', 90],
    ['1m30s', 90],
    ['0s', 0],
    [5_000_000_000, 5],
  ] as const)('reads %s as %i seconds', (text, seconds) => {
    expect(secondsOf(text)).toBe(seconds);
  });
});
