import { ClusterForbidden, type ClusterReader, type JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { kubeProxyDaemonSet } from '../testing/kube-proxy-objects.js';
import { aWorldNode } from '../testing/nodes.js';
import { everyMode } from '../testing/proxy-answers.js';
import { put, readerOf, type World } from '../testing/world.js';
import { observeProxies } from './observe.js';

const patience = AbortSignal.timeout(10_000);

function service(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'default', name }, spec };
}

function aWorld(version = '1.36.3'): World {
  const node = aWorldNode({
    name: 'node-1',
    kubeletVersion: `v${version}`,
    labels: { 'kubernetes.io/os': 'linux' },
    proxy: { mode: 'iptables', support: everyMode },
  });
  const world: World = { version, nodes: [node], objects: new Map() };
  put(world, kubeProxyDaemonSet(version));
  put(world, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'kube-proxy' },
    data: { 'config.conf': 'kind: KubeProxyConfiguration\nmode: iptables\n' },
  });
  put(world, service('kubernetes', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] }));
  put(world, service('web', { clusterIP: '10.96.0.7', ports: [{ port: 80, nodePort: 30_080 }] }));
  return world;
}

describe('observeProxies', () => {
  it('sees the configuration, the Services, and what each node says and can do', async () => {
    const world = aWorld();

    expect(await observeProxies(readerOf(world), null, patience)).toMatchObject({
      kubeProxy: { kind: 'daemon-set', configuration: { mode: 'iptables' } },
      services: 2,
      endpointSlices: 0,
      nodePortServices: 1,
      apiService: { address: '10.96.0.1', port: 443 },
      nodes: [
        {
          name: 'node-1',
          proxy: { mode: 'iptables', healthy: true },
          rules: { iptables: { services: 2 } },
          support: { nft: { usable: true } },
        },
      ],
    });
  });

  it('costs seven requests where neither Calico nor Cilium runs', async () => {
    const reader = readerOf(aWorld());

    await observeProxies(reader, null, patience);

    expect(reader.requests.toSorted()).toEqual([
      'count EndpointSlice',
      'count Service',
      'get ConfigMap kube-system/kube-proxy',
      'get Service default/kubernetes',
      'list DaemonSet',
      'list Node',
      'list Service',
    ]);
  });

  it('does not look for node ports where the server cannot choose Services by type', async () => {
    const reader = readerOf(aWorld('1.30.2'));

    expect((await observeProxies(reader, null, patience)).nodePortServices).toBeNull();
    expect(reader.requests).not.toContain('list Service');
  });

  it('knows a number less where it may not count, and fails for nothing else', async () => {
    const world = aWorld();
    const reader: ClusterReader = {
      ...readerOf(world),
      count: () => Promise.reject(new ClusterForbidden('no')),
    };

    expect(await observeProxies(reader, null, patience)).toMatchObject({
      services: null,
      endpointSlices: null,
    });
  });
});
