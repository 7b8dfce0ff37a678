import { describe, expect, it } from 'vitest';
import { aPart, aProfile, aRestart, replacementOn, toMode } from '../testing/profiles.js';
import { replacementWithKubeProxy as rule } from './replacement-with-kube-proxy.js';

describe('a replacement of kube-proxy beside tuning it', () => {
  it('is refused, naming both tuners', () => {
    const profile = aProfile(
      aPart('kube-proxy', toMode('nftables')),
      aPart('datapath', replacementOn),
    );

    const [told] = rule.check(profile);

    expect(told).toMatchObject({ tuner: 'kube-proxy', how: 'refuse' });
    expect(told?.message).toContain('datapath');
  });

  it('is refused for conntrack too, which restarts kube-proxy', () => {
    const profile = aProfile(
      aPart('conntrack', aRestart('kube-proxy')),
      aPart('datapath', replacementOn),
    );

    expect(rule.check(profile)).toMatchObject([{ tuner: 'conntrack', how: 'refuse' }]);
  });

  it('says nothing of the datapath tuner’s own hand on kube-proxy', () => {
    const profile = aProfile(
      aPart('datapath', (draft) => {
        replacementOn(draft);
        aRestart('kube-proxy')(draft);
      }),
    );

    expect(rule.check(profile)).toEqual([]);
  });
});
