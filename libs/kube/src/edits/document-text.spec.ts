import { Unacceptable, valueAt, type Json } from '@fairlead/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editText, parseText, withValue } from './document-text.js';
import { kubeProxyConfig } from '../testing/kube-proxy-config.js';

const flannel = '{\n  "Network": "10.244.0.0/16",\n  "Backend": {\n    "Type": "vxlan"\n  }\n}\n';

/** Lines of `after` that `before` does not have at the same distance from either end. */
function changedLines(
  before: string,
  after: string,
): { readonly gone: string[]; readonly come: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail))
    tail += 1;
  return { gone: old.slice(head, old.length - tail), come: now.slice(head, now.length - tail) };
}

describe('editText on YAML', () => {
  it.each<[string, string[], Json, string[], string[]]>([
    ['a number', ['conntrack', 'maxPerCore'], 65_536, ['  maxPerCore: 0'], ['  maxPerCore: 65536']],
    ['an explicit null', ['conntrack', 'min'], 131_072, ['  min: null'], ['  min: 131072']],
    [
      'a tilde',
      ['conntrack', 'tcpCloseWaitTimeout'],
      '1h0m0s',
      ['  tcpCloseWaitTimeout: ~'],
      ['  tcpCloseWaitTimeout: 1h0m0s'],
    ],
    [
      'nothing after the colon',
      ['conntrack', 'tcpEstablishedTimeout'],
      '24h0m0s',
      ['  tcpEstablishedTimeout:'],
      ['  tcpEstablishedTimeout: 24h0m0s'],
    ],
    [
      'a quoted word, in its quotes',
      ['mode'],
      'nftables',
      ['mode: "iptables"'],
      ['mode: "nftables"'],
    ],
    [
      'an empty word in single quotes',
      ['hostnameOverride'],
      'n1',
      ["hostnameOverride: ''"],
      ["hostnameOverride: 'n1'"],
    ],
    [
      'a value before a comment',
      ['clusterCIDR'],
      '10.0.0.0/8',
      ['clusterCIDR: 10.244.0.0/16   # from kubeadm-config'],
      ['clusterCIDR: 10.0.0.0/8   # from kubeadm-config'],
    ],
    [
      'an item of a list',
      ['ipvs', 'excludeCIDRs', '0'],
      '10.1.0.0/16',
      ['  - 10.0.0.0/8  # office'],
      ['  - 10.1.0.0/16  # office'],
    ],
    [
      'a member in braces',
      ['featureGates', 'Other'],
      true,
      ["featureGates: {NFTablesProxyMode: true, 'Other': false}"],
      ["featureGates: {NFTablesProxyMode: true, 'Other': true}"],
    ],
    [
      'a new member in braces',
      ['featureGates', 'New'],
      true,
      ["featureGates: {NFTablesProxyMode: true, 'Other': false}"],
      ["featureGates: {NFTablesProxyMode: true, 'Other': false, New: true}"],
    ],
    [
      'a new key in a map',
      ['conntrack', 'udpStreamTimeout'],
      '30s',
      [],
      ['  udpStreamTimeout: 30s'],
    ],
    ['a new key in the middle of the text', ['clientConnection', 'qps'], 5, [], ['  qps: 5']],
    [
      'a map that is missing whole',
      ['nftables', 'syncPeriod'],
      '1s',
      [],
      ['nftables:', '  syncPeriod: 1s'],
    ],
    [
      'a map in place of null',
      ['nodePortAddresses', 'a'],
      1,
      ['nodePortAddresses: null'],
      ['nodePortAddresses:', '  a: 1'],
    ],
    [
      'a list in place of null',
      ['nodePortAddresses'],
      ['0.0.0.0/0', '::/0'],
      ['nodePortAddresses: null'],
      ['nodePortAddresses:', '  - 0.0.0.0/0', '  - ::/0'],
    ],
    [
      'a word that YAML 1.1 takes for a boolean',
      ['bindAddress'],
      'yes',
      ['bindAddress: 0.0.0.0'],
      ['bindAddress: "yes"'],
    ],
  ])('changes no line but its own for %s', (_what, path, value, gone, come) => {
    const after = editText(kubeProxyConfig, 'yaml', path, value);

    expect(changedLines(kubeProxyConfig, after)).toEqual({ gone, come });
    expect(valueAt(parseText(after, 'yaml'), path)).toEqual(value);
  });

  it.each<[string[], string[]]>([
    [['conntrack', 'min'], ['  min: null']],
    [['conntrack', 'tcpEstablishedTimeout'], ['  tcpEstablishedTimeout:']],
    [['mode'], ['mode: "iptables"']],
    [
      ['ipvs'],
      [
        'ipvs:',
        '  excludeCIDRs:',
        '  - 10.0.0.0/8  # office',
        '  - "192.168.0.0/16"',
        '  scheduler: ""',
      ],
    ],
  ])('deletes %j and no other line', (path, gone) => {
    const after = editText(kubeProxyConfig, 'yaml', path, undefined);

    expect(changedLines(kubeProxyConfig, after)).toEqual({ gone, come: [] });
  });

  it.each([
    ['a: 1\nb: 2', ['b'], 'a: 1'],
    ['a: 1\nb: 2\n', ['b'], 'a: 1\n'],
    ['a: 1', ['a'], '{}\n'],
    ['a:\n  b: 1\nc: 2\n', ['a', 'b'], 'a: {}\nc: 2\n'],
    ['a: {b: 1, c: 2}\n', ['a', 'c'], 'a: {b: 1}\n'],
    ['a: {b: 1, c: 2}\n', ['a', 'b'], 'a: {c: 2}\n'],
    ['l:\n- a: 1\n  b: 2\n', ['l', '0', 'a'], 'l:\n- b: 2\n'],
    ['a: |\n  text\n\nb: 2\n', ['a'], '\nb: 2\n'],
  ])('deletes from %j the path %j', (text, path, expected) => {
    expect(editText(text, 'yaml', path, undefined)).toBe(expected);
  });

  it.each([
    ['a: 1', ['b'], 2, 'a: 1\nb: 2'],
    ['a: 1\r\nb: 2\r\n', ['c'], 3, 'a: 1\r\nb: 2\r\nc: 3\r\n'],
    ['a: {}\n', ['a', 'b'], 1, 'a:\n  b: 1\n'],
    ['', ['a'], 1, 'a: 1\n'],
    ['l:\n- a: 1\n', ['l', '0', 'b'], 2, 'l:\n- a: 1\n  b: 2\n'],
    ['a: |\n  text\nb: 2\n', ['a'], 'one', 'a: one\nb: 2\n'],
  ])('sets in %j the path %j to %j', (text, path, value, expected) => {
    expect(editText(text, 'yaml', path, value)).toBe(expected);
  });

  it('gives the very same text back when the value is there already', () => {
    expect(editText(kubeProxyConfig, 'yaml', ['mode'], 'iptables')).toBe(kubeProxyConfig);
    expect(editText(kubeProxyConfig, 'yaml', ['absent'], undefined)).toBe(kubeProxyConfig);
  });

  it.each([
    ['a value shared through an anchor', 'a: &x {b: 1}\nc: *x\n', ['a', 'b']],
    ['a value reached through an alias', 'a: &x {b: 1}\nc: *x\n', ['c', 'b']],
    ['a path through a word', 'a: word\n', ['a', 'b']],
  ])('refuses %s', (_what, text, path) => {
    expect(() => editText(text, 'yaml', path, 2)).toThrow(
      expect.objectContaining({ code: 'edit-impossible' }),
    );
  });

  it.each(['a: 1\na: 2\n', 'a: 1\n---\nb: 2\n', 'a: [1\n', '\tb: 1\n'])(
    'refuses the text %j',
    (text) => {
      expect(() => editText(text, 'yaml', ['a'], 2)).toThrow(Unacceptable);
    },
  );

  const keys = [
    'apiVersion',
    'bindAddress',
    'conntrack',
    'mode',
    'ipvs',
    'clientConnection',
    'nodePortAddresses',
    'added',
  ];
  const inner = ['min', 'maxPerCore', 'scheduler', 'burst', 'excludeCIDRs', 'added'];
  const paths = fc.oneof(
    fc.constantFrom(...keys).map((key) => [key]),
    fc
      .tuple(
        fc.constantFrom('conntrack', 'ipvs', 'clientConnection', 'featureGates', 'added'),
        fc.constantFrom(...inner),
      )
      .map((path) => [...path]),
  );
  const scalars = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
  const values = fc.oneof(
    scalars,
    fc.array(scalars, { maxLength: 3 }),
    fc.dictionary(fc.string(), scalars, { maxKeys: 3, noNullPrototype: true }),
  );

  it('says afterwards exactly what was asked, and keeps every comment', () => {
    fc.assert(
      fc.property(paths, fc.option(values, { nil: undefined }), (path, value) => {
        const before = parseText(kubeProxyConfig, 'yaml');

        const after = editText(kubeProxyConfig, 'yaml', path, value);

        expect(parseText(after, 'yaml')).toEqual(
          withValue(before, path, value as Json | undefined),
        );
        expect(after).toContain('# managed with kubeadm');
        expect(after).toContain('# the end');
      }),
      { numRuns: 300 },
    );
  });

  it('touches no line outside the edited top-level key', () => {
    fc.assert(
      fc.property(paths, scalars, (path, value) => {
        const after = editText(kubeProxyConfig, 'yaml', path, value);

        const isOutside = (line: string) =>
          /^[a-z#]/i.test(line) && !line.startsWith(`${path[0]}:`);
        const lines = kubeProxyConfig.split('\n').filter(isOutside);
        expect(after.split('\n').filter(isOutside)).toEqual(expect.arrayContaining(lines));
      }),
      { numRuns: 200 },
    );
  });
});

describe('editText on JSON', () => {
  it.each<[string[], Json | undefined, string]>([
    [['Backend', 'MTU'], 1400, flannel.replace('"vxlan"', '"vxlan",\n    "MTU": 1400')],
    [['Backend', 'Type'], 'host-gw', flannel.replace('vxlan', 'host-gw')],
    [['Network'], undefined, '{\n  "Backend": {\n    "Type": "vxlan"\n  }\n}\n'],
    [['Backend'], undefined, '{\n  "Network": "10.244.0.0/16"\n}\n'],
  ])('sets %j to %j in place', (path, value, expected) => {
    expect(editText(flannel, 'json', path, value)).toBe(expected);
  });

  it('keeps tabs', () => {
    expect(editText('{\n\t"a": 1,\n\t"b": {"c": 2}\n}', 'json', ['b', 'd'], 'x')).toBe(
      '{\n\t"a": 1,\n\t"b": {"c": 2, "d": "x"}\n}',
    );
  });

  it('refuses a text that is YAML but no JSON', () => {
    expect(() => editText('a: 1', 'json', ['a'], 2)).toThrow(Unacceptable);
  });
});
