import { describe, expect, it } from 'vitest';
import { aPart, aProfile, withNodeLocal } from '../testing/profiles.js';
import { localDnsWithNodeLocal as rule } from './local-dns-with-node-local.js';

const onNodes = (labels: Record<string, string>) => ({ nodes: [{ name: 'a', labels }] });
const check = (labels: Record<string, string>) =>
  rule.check(aProfile(aPart('dns', withNodeLocal, onNodes(labels))));

describe('NodeLocal DNSCache on AKS', () => {
  it('is refused where LocalDNS answers already', () => {
    const told = check({
      'kubernetes.azure.com/cluster': 'MC_shop',
      'kubernetes.azure.com/localdns-state': 'enabled',
    });

    expect(told).toMatchObject([{ tuner: 'dns', how: 'refuse' }]);
  });

  it('comes with a word about LocalDNS where that is off', () => {
    const told = check({
      'kubernetes.azure.com/cluster': 'MC_shop',
      'kubernetes.azure.com/localdns-state': 'disabled',
    });

    expect(told).toMatchObject([{ how: 'warn' }]);
  });

  it('is nobody’s business elsewhere', () => {
    expect(check({ 'eks.amazonaws.com/nodegroup': 'a' })).toEqual([]);
    expect(rule.check(aProfile(aPart('dns', () => undefined)))).toEqual([]);
  });
});
