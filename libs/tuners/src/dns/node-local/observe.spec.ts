import type { JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import type { WorldDns } from '../../testing/dns-answers.js';
import { aWorldNode } from '../../testing/nodes.js';
import { put, readerOf, type World } from '../../testing/world.js';
import { observeNodeLocal } from './observe.js';
import { NodeLocalSettings } from './settings.js';

const settings = NodeLocalSettings.parse({});
const patience = () => AbortSignal.timeout(5000);

const kubeDns = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace: 'kube-system', name: 'kube-dns' },
  spec: { clusterIP: '10.96.0.10', selector: { 'k8s-app': 'kube-dns' } },
};

function daemonSet(name: string, more: JsonObject = {}, container: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name, ...more },
    spec: { template: { spec: { containers: [{ name: 'c', ...container }] } } },
  };
}

function configMap(name: string, data: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name },
    data,
  };
}

function aWorld(objects: readonly JsonObject[], dns?: WorldDns, labels = {}): World {
  const node = aWorldNode({ name: 'n1', labels, ...(dns !== undefined && { dns }) });
  const world: World = { version: '1.36.3', nodes: [node], objects: new Map() };
  for (const object of [kubeDns, ...objects]) put(world, object);
  return world;
}

const observe = (world: World) => observeNodeLocal(readerOf(world), settings, patience());

describe('observeNodeLocal', () => {
  it('sees what pods ask, how kube-proxy works and who listens', async () => {
    const seen = await observe(
      aWorld([], {
        proxyMode: 'nftables',
        listeners: [
          { address: '127.0.0.53', port: 53 },
          { address: '0.0.0.0', port: 443 },
        ],
        nameserver: '10.96.0.10',
      }),
    );

    expect(seen).toMatchObject({
      kubeDns: { address: '10.96.0.10' },
      clusterDomain: 'cluster.local',
      standing: null,
      others: [],
      nodes: [
        {
          proxyMode: 'nftables',
          nameservers: ['10.96.0.10'],
          listeners: [{ address: '127.0.0.53', port: 53 }],
        },
      ],
    });
  });

  it('takes the domain from the Corefile where nobody asked a pod, and starts no agent in one', async () => {
    const corefile =
      '.:53 {\n    kubernetes corp.internal in-addr.arpa {\n    }\n    autopath @kubernetes\n}\n';
    const world = aWorld([configMap('coredns', { Corefile: corefile })]);
    const reader = { ...readerOf(world), askPods: () => Promise.reject(new Error('asked a pod')) };

    const seen = await observeNodeLocal(reader, null, patience());

    expect(seen).toMatchObject({ clusterDomain: 'corp.internal', autopath: true });
  });

  it.each([
    ['true', 'Cilium in place of kube-proxy'],
    ['strict', 'Cilium in place of kube-proxy'],
    ['false', null],
  ])('reads kube-proxy-replacement %s of Cilium as %s', async (value, datapath) => {
    const config = configMap('cilium-config', { 'kube-proxy-replacement': value });

    expect((await observe(aWorld([daemonSet('cilium'), config]))).datapath).toBe(datapath);
  });

  it('knows Calico’s eBPF by the environment of its agents', async () => {
    const env = [{ name: 'FELIX_BPFENABLED', value: 'true' }];

    const seen = await observe(aWorld([daemonSet('calico-node', {}, { env })]));

    expect(seen.datapath).toBe('Calico’s eBPF data plane');
  });

  it('names caches of others, whatever they are called, and who keeps them', async () => {
    const reconciled = { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } };
    const image = 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.4';

    const seen = await observe(
      aWorld([daemonSet('node-local-dns', reconciled), daemonSet('dns-cache', {}, { image })]),
    );

    expect(seen.standing).toBeNull();
    expect(seen.others).toMatchObject([
      { object: 'DaemonSet kube-system/dns-cache', keeper: 'somebody else' },
      { object: 'DaemonSet kube-system/node-local-dns', keeper: 'the cluster’s add-on manager' },
    ]);
  });

  it('tells a provider by its nodes', async () => {
    const labels = { 'kubernetes.azure.com/cluster': 'mc' };

    expect((await observe(aWorld([], undefined, labels))).nodes[0]?.platform).toBe('aks');
  });
});
