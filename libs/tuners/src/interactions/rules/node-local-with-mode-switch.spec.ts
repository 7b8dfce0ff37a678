import { describe, expect, it } from 'vitest';
import { aPart, aProfile, nodeLocal, toMode, withNodeLocal } from '../testing/profiles.js';
import { nodeLocalWithModeSwitch as rule } from './node-local-with-mode-switch.js';

const seen = { caches: [`DaemonSet ${nodeLocal.namespace}/${nodeLocal.name}`] };

describe('NodeLocal DNSCache beside a mode switch', () => {
  it('is refused when both change in one profile', () => {
    const profile = aProfile(aPart('dns', withNodeLocal), aPart('kube-proxy', toMode('nftables')));

    expect(rule.check(profile)).toMatchObject([{ tuner: 'dns', how: 'refuse' }]);
  });

  it('is refused on the way to and from ipvs where the cache runs, and a warning otherwise', () => {
    const how = (after: string, before: string) =>
      rule.check(aProfile(aPart('kube-proxy', toMode(after, before), seen)))[0]?.how;

    expect(how('ipvs', 'iptables')).toBe('refuse');
    expect(how('nftables', 'ipvs')).toBe('refuse');
    expect(how('nftables', 'iptables')).toBe('warn');
  });

  it('looks at where a switch ends that leads through another mode', () => {
    const through = aPart(
      'kube-proxy',
      (draft) => {
        toMode('nftables', 'iptables')(draft);
        toMode('ipvs', 'nftables')(draft);
      },
      seen,
    );

    expect(rule.check(aProfile(through))[0]?.how).toBe('refuse');
  });

  it('says nothing where no cache is, or no mode changes', () => {
    expect(rule.check(aProfile(aPart('kube-proxy', toMode('ipvs'))))).toEqual([]);
    expect(rule.check(aProfile(aPart('dns', withNodeLocal)))).toEqual([]);
  });
});
