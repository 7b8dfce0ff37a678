import { describe, expect, it } from 'vitest';
import { largestOverheadBytes, overheadBytes } from './overhead.js';
import type { Encapsulation } from './seen-cni.js';

const one = (kind: Encapsulation['kind'], underlay: Encapsulation['underlay'] = 'ipv4') => ({
  kind,
  underlay,
  when: 'always' as const,
  where: 'a test',
});

describe('overheadBytes', () => {
  it.each([
    ['vxlan', 'ipv4', 50],
    ['vxlan', 'ipv6', 70],
    ['geneve', 'ipv4', 50],
    ['ipip', 'ipv4', 20],
    ['wireguard', 'ipv4', 60],
    ['wireguard', 'ipv6', 80],
    ['udp', 'ipv4', 28],
    ['unknown', 'ipv4', null],
  ] as const)('of %s over %s', (kind, underlay, bytes) => {
    expect(overheadBytes(one(kind, underlay))).toBe(bytes);
  });
});

describe('largestOverheadBytes', () => {
  it('takes the worst of alternatives, adds up what is stacked, and does not guess', () => {
    expect(largestOverheadBytes([])).toBe(0);
    expect(largestOverheadBytes([one('ipip'), one('vxlan', 'ipv6')])).toBe(70);
    expect(largestOverheadBytes([one('vxlan'), one('wireguard', 'ipv6')], 'stacked')).toBe(130);
    expect(largestOverheadBytes([one('vxlan'), one('unknown')])).toBeNull();
  });
});
