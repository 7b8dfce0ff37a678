import { ClusterForbidden, type ClusterReader, type JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { aWorldNode } from '../testing/nodes.js';
import { put, readerOf, type World, type WorldNode } from '../testing/world.js';
import { observeConntrack } from './observe.js';

const patience = AbortSignal.timeout(10_000);

function aNode(overrides: Partial<WorldNode> = {}): WorldNode {
  return aWorldNode({
    name: 'node-1',
    keys: new Map([['net.netfilter.nf_conntrack_count', '12']]),
    counters: { 'conntrack.drop': 3 },
    ...overrides,
  });
}

function aWorld(objects: readonly JsonObject[], node: Partial<WorldNode> = {}): World {
  const world: World = { version: '1.36.3', nodes: [aNode(node)], objects: new Map() };
  for (const object of objects) put(world, object);
  return world;
}

function kubeProxy(
  command: readonly string[],
  {
    name = 'kube-proxy',
    volume = {},
    mountPath = '/var/lib/kube-proxy',
  }: { name?: string; volume?: JsonObject; mountPath?: string } = {},
): JsonObject {
  const container = {
    name: 'kube-proxy',
    image: 'registry.example/kube-proxy:v1.35.2-eksbuild.1',
    command: [...command],
    volumeMounts: [{ name: 'config', mountPath }],
  };
  const volumes = [{ name: 'config', ...volume }];
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name },
    spec: { template: { spec: { containers: [container], volumes } } },
    status: { desiredNumberScheduled: 1 },
  };
}

function configMap(name: string, dataKey: string, conntrack: string): JsonObject {
  const text = `kind: KubeProxyConfiguration\nmode: iptables\n${conntrack}`;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name },
    data: { [dataKey]: text },
  };
}

async function seen(world: World, reader: ClusterReader = readerOf(world)) {
  return (await observeConntrack(reader, null, patience)).kubeProxy;
}

describe('observeConntrack on kube-proxy', () => {
  it('follows the mount to another ConfigMap and member, as EKS lays them out', async () => {
    const world = aWorld([
      kubeProxy(['kube-proxy', '--v=2', '--config', '/var/lib/kube-proxy-config/config'], {
        volume: { configMap: { name: 'kube-proxy-config' } },
        mountPath: '/var/lib/kube-proxy-config/',
      }),
      configMap('kube-proxy-config', 'config', 'conntrack:\n  maxPerCore: 32768\n'),
    ]);

    expect(await seen(world)).toMatchObject({
      kind: 'daemon-set',
      version: '1.35.2',
      section: { maxPerCore: 32_768 },
      config: { object: { name: 'kube-proxy-config' }, dataKey: 'config' },
    });
  });

  it('follows a member that is mounted under another name', async () => {
    const items = [{ key: 'config.yaml', path: 'config.conf' }];
    const world = aWorld([
      kubeProxy(['kube-proxy', '--config=/var/lib/kube-proxy/config.conf'], {
        volume: { configMap: { name: 'kube-proxy', items } },
      }),
      configMap('kube-proxy', 'config.yaml', ''),
    ]);

    expect(await seen(world)).toMatchObject({ section: null, config: { dataKey: 'config.yaml' } });
  });

  it('reads flags where there is no configuration file', async () => {
    const world = aWorld([kubeProxy(['kube-proxy', '--conntrack-max-per-core=0'])]);

    expect(await seen(world)).toMatchObject({ section: { maxPerCore: 0 }, config: null });
  });

  const config = '--config=/var/lib/kube-proxy/config.conf';
  const volume = { configMap: { name: 'kube-proxy' } };
  it.each([
    ['a ConfigMap that is not there', [kubeProxy([config], { volume })]],
    ['a file from elsewhere', [kubeProxy([config], { volume: { hostPath: { path: '/etc' } } })]],
    ['another member', [kubeProxy([config], { volume }), configMap('kube-proxy', 'other', '')]],
    [
      'a text that is no YAML',
      [kubeProxy([config], { volume }), configMap('kube-proxy', 'config.conf', 'a: [')],
    ],
    [
      'a section that is a word',
      [kubeProxy([config], { volume }), configMap('kube-proxy', 'config.conf', 'conntrack: no')],
    ],
  ])('says of %s that it cannot be read, and guesses nothing', async (_what, objects) => {
    expect(await seen(aWorld(objects))).toMatchObject({ kind: 'unreadable' });
  });

  it('says the same of a ConfigMap that may not be read', async () => {
    const world = aWorld([kubeProxy([config], { volume })]);
    const reader = { ...readerOf(world), read: () => Promise.reject(new ClusterForbidden('no')) };

    expect(await seen(world, reader)).toEqual({
      kind: 'unreadable',
      why: 'ConfigMap kube-system/kube-proxy may not be read',
    });
  });

  it.each([
    ['v1.36.3+k3s1', 'Debian', 'the k3s process of each node'],
    ['v1.36.3+rke2r1', 'Debian', 'a static pod of RKE2'],
    ['v1.36.3+k0s', 'Debian', 'k0s'],
    ['v1.36.3', 'Talos (v1.13.2)', 'the machine configuration of Talos'],
  ])('leaves kube-proxy of a node with %s on %s to %s', async (kubeletVersion, osImage, where) => {
    expect(await seen(aWorld([], { kubeletVersion, osImage }))).toMatchObject({
      kind: 'elsewhere',
      where,
    });
  });

  it('tells static pods from none at all', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'kube-system',
        name: 'kube-proxy-node-1',
        labels: { component: 'kube-proxy' },
      },
    };

    expect(await seen(aWorld([pod]))).toMatchObject({ kind: 'elsewhere' });
    expect(await seen(aWorld([]))).toEqual({ kind: 'absent' });
  });

  it('takes one DaemonSet per node pool for somebody’s own arrangement', async () => {
    const pools = ['kube-proxy-a-v1.36.3', 'kube-proxy-b-v1.36.3'];

    expect(
      await seen(aWorld(pools.map((name) => kubeProxy([config], { name, volume })))),
    ).toMatchObject({
      kind: 'elsewhere',
    });
  });

  it('counts a DaemonSet that runs nowhere as none', async () => {
    const idle = { ...kubeProxy([config], { volume }), status: { desiredNumberScheduled: 0 } };

    expect(await seen(aWorld([idle]))).toEqual({ kind: 'absent' });
  });
});

describe('observeConntrack', () => {
  it('costs the API server three requests where kube-proxy is a DaemonSet', async () => {
    const world = aWorld([
      kubeProxy(['--config=/var/lib/kube-proxy/config.conf'], {
        volume: { configMap: { name: 'kube-proxy' } },
      }),
      configMap('kube-proxy', 'config.conf', ''),
    ]);
    const reader = readerOf(world);

    const observed = await observeConntrack(reader, null, patience);

    expect(reader.requests.toSorted()).toEqual([
      'get ConfigMap kube-system/kube-proxy',
      'list DaemonSet',
      'list Node',
    ]);
    expect(observed.use).toEqual([
      { node: 'node-1', count: 12, drop: 3, earlyDrop: null, insertFailed: null },
    ]);
  });

  it('keeps the reason of a node that did not answer', async () => {
    const observed = await observeConntrack(
      readerOf(aWorld([], { problem: 'no image' })),
      null,
      patience,
    );

    expect(observed.nodes[0]).toMatchObject({ problem: 'no image', values: {} });
  });

  it('names the datapath that replaces the kernel’s table', async () => {
    const cilium = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace: 'kube-system', name: 'cilium' },
    };

    expect((await observeConntrack(readerOf(aWorld([cilium])), null, patience)).datapath).toBe(
      'Cilium',
    );
  });
});
