import { ClusterForbidden, ClusterUnreachable, type ClusterReader } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { readerOf } from '../testing/world.js';
import { observeCni } from './observe-cni.js';
import { SeenCni } from './seen-cni.js';
import { recorded, recordedNames, worldOf, type RecordedName } from './testing/recorded.js';

const patience = AbortSignal.timeout(60_000);

async function seen(name: RecordedName, reader: ClusterReader = readerOf(worldOf(name))) {
  return SeenCni.parse(await observeCni(reader, patience));
}

/** The same reader with one kind that may not be read, or that nobody answers for. */
function failing(name: RecordedName, kind: string, error: Error): ClusterReader {
  const reader = readerOf(worldOf(name));
  return {
    ...reader,
    read: (ref, signal) => (ref.kind === kind ? Promise.reject(error) : reader.read(ref, signal)),
    list: (asked, selector, signal) =>
      asked.kind === kind ? Promise.reject(error) : reader.list(asked, selector, signal),
  };
}

const facts = async (name: RecordedName) => {
  const cni = await seen(name);
  return {
    name: cni.name,
    title: cni.title,
    version: cni.version,
    routing: cni.routing,
    encapsulations: cni.encapsulations.map(
      ({ kind, when, underlay }) => `${kind} ${when} ${underlay}`,
    ),
    families: cni.families,
    replacement: cni.kubeProxyReplacement?.configured ?? null,
  };
};

describe('observeCni', () => {
  it.each<[RecordedName, Partial<Awaited<ReturnType<typeof facts>>>]>([
    [
      'flannel',
      {
        name: 'flannel',
        version: '0.28.9',
        routing: 'tunnel',
        encapsulations: ['vxlan always ipv4'],
        replacement: null,
      },
    ],
    [
      'flannel-in-k3s',
      {
        name: 'flannel',
        title: 'flannel inside the process of each node',
        version: null,
        routing: 'tunnel',
        encapsulations: ['vxlan always ipv4'],
      },
    ],
    [
      'calico-operator',
      {
        name: 'calico',
        version: '3.32.1',
        routing: 'mixed',
        encapsulations: ['vxlan cross-subnet ipv4'],
        replacement: 'off',
      },
    ],
    [
      'calico-manifest',
      {
        name: 'calico',
        version: '3.31.4',
        routing: 'tunnel',
        encapsulations: ['ipip always ipv4'],
        replacement: 'off',
      },
    ],
    [
      'cilium-helm',
      {
        name: 'cilium',
        version: '1.19.3',
        routing: 'tunnel',
        encapsulations: ['vxlan always ipv4'],
        replacement: 'off',
      },
    ],
    ['kindnet', { name: 'kindnet', routing: 'native', encapsulations: [], replacement: null }],
    [
      'aws-vpc-cni',
      {
        name: 'aws-vpc-cni',
        version: '1.23.0',
        routing: 'cloud',
        encapsulations: [],
        replacement: null,
      },
    ],
    [
      'ovn-kubernetes',
      {
        name: 'ovn-kubernetes',
        version: null,
        routing: 'tunnel',
        encapsulations: ['geneve always ipv4'],
        replacement: 'on',
      },
    ],
    ['antrea', { name: 'unknown', title: 'Antrea', routing: 'unknown', encapsulations: [] }],
  ])('knows %s', async (name, expected) => {
    expect(await facts(name)).toMatchObject({ families: ['ipv4'], ...expected });
  });

  it('gives the fields that decide the MTU as they are written, and null for a default', async () => {
    const fields = async (name: RecordedName) =>
      (await seen(name)).mtuFields.map(({ name: field, object, value }) => [
        `${object.kind} ${object.name}`,
        field,
        value,
      ]);

    expect(await fields('flannel')).toEqual([['ConfigMap kube-flannel-cfg', 'Backend.MTU', null]]);
    expect(await fields('cilium-helm')).toEqual([['ConfigMap cilium-config', 'mtu', null]]);
    expect(await fields('ovn-kubernetes')).toEqual([
      ['Network cluster', 'spec.defaultNetwork.ovnKubernetesConfig.mtu', 1400],
    ]);
    expect((await fields('aws-vpc-cni'))[0]).toEqual([
      'DaemonSet aws-node',
      'AWS_VPC_ENI_MTU',
      '9001',
    ]);
    expect((await fields('calico-operator')).slice(0, 2)).toEqual([
      ['Installation default', 'spec.calicoNetwork.mtu', null],
      ['Installation default', 'status.mtu', 1450],
    ]);
    expect((await fields('calico-manifest'))[0]).toEqual([
      'ConfigMap calico-config',
      'veth_mtu',
      '0',
    ]);
  });

  it('names who keeps what, by the object’s own metadata', async () => {
    const helm = await seen('cilium-helm');
    const manifest = await seen('cilium-manifest');
    const aws = await seen('aws-vpc-cni');
    const operator = await seen('calico-operator');

    expect(helm.cilium?.config?.owner?.name).toBe('Helm release cilium');
    expect(manifest.cilium?.config?.owner).toBeNull();
    expect(aws.agents?.owner?.name).toBe('the EKS add-on');
    expect(operator.agents?.owner?.name).toBe('Installation default');
    expect(operator.calico?.pools[0]?.keptByOperator).toBe(true);
    expect(operator.calico?.isApiServed).toBe(true);
    expect((await seen('calico-manifest')).calico?.isApiServed).toBe(false);
  });

  it('tells which API server Cilium’s agents are told to use', async () => {
    expect((await seen('cilium-helm')).cilium?.apiServer).toBeNull();
    expect((await seen('cilium-manifest')).cilium?.apiServer).toMatchObject({
      host: '10.0.0.10',
      port: '6443',
    });
  });

  it('reads the words of older Cilium', async () => {
    const world = worldOf('cilium-manifest');
    const config = recorded('cilium-manifest').find(({ kind }) => kind === 'ConfigMap');
    const data = { tunnel: 'geneve', 'kube-proxy-replacement': 'strict', 'enable-ipv6': 'true' };
    world.objects.set('ConfigMap kube-system/cilium-config', { ...config!, data });

    const cni = await seen('cilium-manifest', readerOf(world));

    expect(cni.encapsulations.map(({ kind }) => kind)).toEqual(['geneve']);
    expect(cni.kubeProxyReplacement?.configured).toBe('on');
    expect(cni.families).toEqual(['ipv4', 'ipv6']);
  });

  it('says what could not be seen instead of failing', async () => {
    const forbidden = new ClusterForbidden('You may not.');
    const cni = await seen('flannel', failing('flannel', 'ConfigMap', forbidden));

    expect(cni).toMatchObject({ name: 'flannel', routing: 'unknown', mtuFields: [] });
    expect(cni.unseen).toEqual([
      { what: 'ConfigMap kube-flannel/kube-flannel-cfg', why: 'it may not be read' },
    ]);
    const pools = await seen('calico-operator', failing('calico-operator', 'IPPool', forbidden));
    expect(pools.routing).toBe('unknown');
    expect(pools.unseen).toHaveLength(1);
  });

  it('goes on when the API server behind Calico’s own group is down, and not when the cluster’s is', async () => {
    const down = new ClusterUnreachable('503');
    const reader = readerOf(worldOf('calico-operator'));
    const withoutGroup: ClusterReader = {
      ...reader,
      read: (ref, signal) =>
        ref.apiVersion === 'projectcalico.org/v3' ? Promise.reject(down) : reader.read(ref, signal),
    };

    const cni = await seen('calico-operator', withoutGroup);

    expect(cni.calico?.isApiServed).toBe(false);
    expect(cni.unseen.map(({ what }) => what)).toEqual(['FelixConfiguration default']);
    await expect(seen('flannel', failing('flannel', 'ConfigMap', down))).rejects.toBe(down);
  });

  it('asks the API server for little', async () => {
    const requests = async (name: RecordedName) => {
      const reader = readerOf(worldOf(name));
      await observeCni(reader, patience);
      return reader.requests.length;
    };
    const counted = await Promise.all(recordedNames.map(requests));

    expect(Math.max(...counted)).toBeLessThanOrEqual(8);
    expect(await requests('flannel')).toBe(3);
    expect(await requests('kindnet')).toBe(2);
  });
});
