import { describe, expect, it } from 'vitest';
import { aPart, aProfile, anEdit, toMode } from '../testing/profiles.js';
import { calicoDataplaneWithModeSwitch as rule } from './calico-dataplane-with-mode-switch.js';

const installation = { apiVersion: 'operator.tigera.io/v1', kind: 'Installation', name: 'default' };
const dataplane = (after: string) =>
  aPart('datapath', anEdit(installation, ['spec', 'calicoNetwork', 'linuxDataplane'], { after }));

describe('Calico’s data plane beside a mode switch', () => {
  it('is refused, and goes first on the way to nftables', () => {
    const profile = aProfile(aPart('kube-proxy', toMode('nftables')), dataplane('Nftables'));

    expect(rule.check(profile)).toMatchObject([{ tuner: 'kube-proxy', how: 'refuse' }]);
    expect(rule.check(profile)[0]?.message).toContain('run datapath first');
  });

  it('goes last on the way back', () => {
    const profile = aProfile(
      aPart('kube-proxy', toMode('iptables', 'nftables')),
      dataplane('Iptables'),
    );

    expect(rule.check(profile)[0]?.message).toContain('run kube-proxy first');
  });

  it('says nothing of either alone', () => {
    expect(rule.check(aProfile(dataplane('Nftables')))).toEqual([]);
    expect(rule.check(aProfile(aPart('kube-proxy', toMode('nftables'))))).toEqual([]);
  });
});
