import { describe, expect, it } from 'vitest';
import { aPart, aProfile, aRestart, toMode } from '../testing/profiles.js';
import { workloadRestartedTwice as rule } from './workload-restarted-twice.js';

describe('one workload that two tuners restart', () => {
  it('is told once, with both', () => {
    const profile = aProfile(
      aPart('conntrack', aRestart('kube-proxy')),
      aPart('kube-proxy', (draft) => {
        toMode('nftables')(draft);
        aRestart('kube-proxy')(draft);
      }),
    );

    const told = rule.check(profile);

    expect(told).toMatchObject([{ tuner: 'kube-proxy', how: 'warn' }]);
    expect(told[0]?.message).toContain(
      'DaemonSet kube-system/kube-proxy is restarted by conntrack and again by kube-proxy. The first restart still runs in the old mode',
    );
  });

  it('is no matter when one tuner does it twice, or two restart different ones', () => {
    const twice = aPart('a', (draft) => {
      aRestart('x')(draft);
      aRestart('x')(draft);
    });

    expect(rule.check(aProfile(twice, aPart('b', aRestart('y'))))).toEqual([]);
  });
});
