import { describe, expect, it } from 'vitest';
import { aPart, aProfile, anEdit, toMode } from '../testing/profiles.js';
import { modeSwitchWithMtu as rule } from './mode-switch-with-mtu.js';

const felix = { apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', name: 'default' };

describe('a mode switch and an MTU in one job', () => {
  it('is told, since the samples could not say which of them did it', () => {
    const profile = aProfile(
      aPart('kube-proxy', toMode('nftables')),
      aPart('mtu', anEdit(felix, ['spec', 'vxlanMTU'], { after: 1400 })),
    );

    expect(rule.check(profile)).toMatchObject([{ tuner: 'mtu', how: 'warn' }]);
    expect(rule.check(aProfile(aPart('kube-proxy', toMode('nftables'))))).toEqual([]);
  });
});
