import { describe, expect, it } from 'vitest';
import { aPart, aProfile, nodeLocal, replacementOn, withNodeLocal } from '../testing/profiles.js';
import { nodeLocalWithReplacement as rule } from './node-local-with-replacement.js';

const replaced = { cni: { kubeProxyReplacement: { configured: 'on', where: 'cilium-config' } } };

describe('NodeLocal DNSCache beside an eBPF replacement of kube-proxy', () => {
  it('is refused where the replacement is on, or turned on by the same profile', () => {
    const isOn = aProfile(
      aPart('dns', withNodeLocal),
      aPart('datapath', () => undefined, replaced),
    );
    const turnedOn = aProfile(aPart('dns', withNodeLocal), aPart('datapath', replacementOn));

    expect(rule.check(isOn)).toMatchObject([{ tuner: 'dns', how: 'refuse' }]);
    expect(rule.check(turnedOn)).toMatchObject([{ tuner: 'dns', how: 'refuse' }]);
  });

  it('is refused when the replacement is turned on over a cache that runs', () => {
    const profile = aProfile(aPart('datapath', replacementOn, { seen: { ...nodeLocal } }));

    expect(rule.check(profile)).toMatchObject([{ tuner: 'datapath', how: 'refuse' }]);
  });

  it('is no matter while kube-proxy does the work', () => {
    expect(rule.check(aProfile(aPart('dns', withNodeLocal)))).toEqual([]);
    expect(rule.check(aProfile(aPart('datapath', replacementOn)))).toEqual([]);
  });
});
