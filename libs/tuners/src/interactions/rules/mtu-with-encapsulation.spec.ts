import { describe, expect, it } from 'vitest';
import { aPart, aProfile, anEdit } from '../testing/profiles.js';
import { mtuWithEncapsulation as rule } from './mtu-with-encapsulation.js';

const flannel = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-flannel',
  name: 'kube-flannel-cfg',
};
const pool = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', name: 'default' };

const mtu = (observation = {}) =>
  aPart('mtu', anEdit(flannel, ['Backend', 'MTU'], { after: 1500 }, 'net-conf.json'), observation);
const vxlan = aPart('datapath', anEdit(pool, ['spec', 'encapsulation'], { after: 'VXLAN' }));

describe('an MTU beside a change of the encapsulation', () => {
  it('is refused, with the bytes that the new one adds', () => {
    const [told] = rule.check(aProfile(mtu(), vxlan));

    expect(told).toMatchObject({ tuner: 'datapath', how: 'refuse' });
    expect(told?.message).toContain('adds 50 bytes over IPv4, 70 over IPv6');
  });

  it('tells the cost over IPv6 first where that carries the tunnels', () => {
    const observed = { encapsulations: [{ kind: 'vxlan', underlay: 'ipv6' }] };

    expect(rule.check(aProfile(mtu(observed), vxlan))[0]?.message).toContain(
      'adds 70 bytes over IPv6',
    );
  });

  it('is two good profiles', () => {
    expect(rule.check(aProfile(mtu()))).toEqual([]);
    expect(rule.check(aProfile(vxlan))).toEqual([]);
  });
});
