import { describe, expect, it } from 'vitest';
import { holds, networkOf } from './cidr.js';

describe('holds', () => {
  it.each([
    ['10.0.0.0/8', '10.244.3.0/24', true],
    ['10.244.0.0/16', '10.244.0.0/16', true],
    ['10.244.0.0/16', '10.245.0.0/24', false],
    ['10.244.0.0/16', '10.0.0.0/8', false],
    ['0.0.0.0/0', '255.255.255.255/32', true],
    ['10.0.0.0/8', 'nonsense', false],
    ['10.0.0.0/40', '10.0.0.0/24', false],
  ])('%s, %s: %s', (outer, inner, expected) => {
    expect(holds(outer, inner)).toBe(expected);
  });
});

describe('networkOf', () => {
  it.each([
    ['10.0.0.5/24', '10.0.0.0/24'],
    ['192.168.77.200/20', '192.168.64.0/20'],
    ['fd00::1/64', null],
    ['', null],
  ])('%s is in %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
