import { describe, expect, it } from 'vitest';
import { observeCni } from '../cni/observe-cni.js';
import type { Encapsulation, SeenCni } from '../cni/seen-cni.js';
import { worldOf, type RecordedName } from '../cni/testing/recorded.js';
import { readerOf } from '../testing/world.js';
import { mtuFieldOf, needsOf } from './overhead.js';

const signal = new AbortController().signal;

async function seen(name: RecordedName): Promise<SeenCni> {
  return await observeCni(readerOf(worldOf(name)), signal);
}

async function wrapping(
  name: RecordedName,
  ...encapsulations: readonly Omit<Encapsulation, 'where'>[]
): Promise<SeenCni> {
  const cni = await seen(name);
  return { ...cni, encapsulations: encapsulations.map((one) => ({ ...one, where: 'a test' })) };
}

const always = { when: 'always', underlay: 'ipv4' } as const;

describe('needsOf', () => {
  it.each([
    ['vxlan', 'ipv4', 50],
    ['vxlan', 'ipv6', 70],
    ['geneve', 'ipv4', 50],
    ['ipip', 'ipv4', 20],
    ['wireguard', 'ipv4', 60],
    ['wireguard', 'ipv6', 80],
  ] as const)('reckons %s over %s with %d bytes', async (kind, underlay, bytes) => {
    const cni = await wrapping('calico-operator', { kind, when: 'always', underlay });

    expect(needsOf(cni)).toMatchObject([{ family: underlay, overheadBytes: bytes }]);
  });

  it('needs the largest of what may wrap a packet', async () => {
    const cni = await wrapping(
      'calico-operator',
      { kind: 'vxlan', ...always },
      { kind: 'wireguard', ...always },
    );

    expect(needsOf(cni)).toMatchObject([{ family: 'ipv4', overheadBytes: 60 }]);
  });

  it('adds a tunnel and what encrypts it, as Cilium does', async () => {
    const tunnel = { kind: 'vxlan', ...always } as const;

    const wireguard = await wrapping('cilium-helm', tunnel, { kind: 'wireguard', ...always });
    const ipsec = await wrapping('cilium-helm', tunnel, { kind: 'ipsec', ...always });

    expect(needsOf(wireguard)).toMatchObject([{ overheadBytes: 130 }]);
    expect(needsOf(ipsec)).toMatchObject([{ overheadBytes: 127 }]);
  });

  it('needs nothing besides where packets cross as they are, but both where some are wrapped', async () => {
    const none = { ...(await wrapping('flannel')), routing: 'host-gw' as const };
    const some = await wrapping('calico-operator', {
      kind: 'ipip',
      when: 'cross-subnet',
      underlay: 'ipv4',
    });

    expect(needsOf(none)).toMatchObject([{ family: 'ipv4', overheadBytes: 0 }]);
    expect(needsOf(some)).toMatchObject([{ family: 'ipv4', overheadBytes: 20 }]);
  });

  it('claims nothing of an encapsulation that nobody knows', async () => {
    expect(needsOf(await wrapping('flannel', { kind: 'unknown', ...always }))).toBeNull();
  });
});

describe('mtuFieldOf', () => {
  it.each([
    ['flannel', 'Backend.MTU', 1450, 1500, 'kube-flannel-ds'],
    ['calico-operator', 'spec.calicoNetwork.mtu', 1450, 1450, undefined],
    ['calico-manifest', 'veth_mtu', 1450, '1450', 'calico-node'],
    ['cilium-manifest', 'mtu', 1450, '1500', 'cilium'],
  ] as const)('finds the real field of %s', async (name, field, podMtu, value, restarts) => {
    const found = mtuFieldOf(await seen(name));

    if (!('field' in found)) throw new Error(found.message);
    expect(found.field.name).toBe(field);
    expect(found.valueFor(podMtu)).toBe(value);
    expect(found.restarts?.name).toBe(restarts);
  });

  it.each([
    ['kindnet', 'unsupported-cni'],
    ['aws-vpc-cni', 'unsupported-cni'],
    ['ovn-kubernetes', 'unsupported-cni'],
    ['antrea', 'unsupported-cni'],
    ['flannel-in-k3s', 'unsupported-cni'],
  ] as const)('says of %s where its MTU is set instead', async (name, code) => {
    expect(mtuFieldOf(await seen(name))).toMatchObject({ code });
  });

  it('refuses backends of flannel that take no MTU', async () => {
    const hostGw = { ...(await seen('flannel')), routing: 'host-gw' as const };
    const udp = await wrapping('flannel', { kind: 'udp', ...always });

    expect(mtuFieldOf(hostGw)).toMatchObject({ code: 'unsupported-backend' });
    expect(mtuFieldOf(udp)).toMatchObject({ code: 'unsupported-backend' });
  });

  it('leaves Cilium alone where another plugin or some nodes decide the MTU', async () => {
    const cni = await seen('cilium-manifest');
    const { cilium } = cni;
    if (cilium === null || cilium.config === null) throw new Error('recorded with a configuration');
    const object = { apiVersion: 'cilium.io/v2', kind: 'CiliumNodeConfig', name: 'jumbo' };
    const values = { ...cilium.config.values, 'cni-chaining-mode': 'aws-cni' };

    const chained = { ...cni, cilium: { ...cilium, config: { ...cilium.config, values } } };
    const overruled = {
      ...cni,
      cilium: { ...cilium, nodeConfigs: [{ object, defaults: { mtu: '9000' } }] },
    };

    expect(mtuFieldOf(chained)).toMatchObject({ code: 'unsupported-cni' });
    expect(mtuFieldOf(overruled)).toMatchObject({ code: 'node-override' });
  });
});
