import type { JsonObject } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { aWorldNode } from '../../testing/nodes.js';
import { put, readerOf, type World } from '../../testing/world.js';
import { observeCoreDns } from './observe.js';
import { corefiles } from './testing/corefiles.js';
import {
  configMap,
  corednsPods,
  deployment,
  disruptionBudget,
  foreignScaler,
  metricsService,
  nodeCache,
} from './testing/objects.js';

function aWorld(objects: readonly JsonObject[], more: Partial<World> = {}): World {
  const world: World = { version: '1.36.3', nodes: [aWorldNode()], objects: new Map(), ...more };
  for (const object of objects) put(world, object);
  return world;
}

async function seen(world: World) {
  const reader = readerOf(world);
  const observed = await observeCoreDns(reader, AbortSignal.timeout(10_000));
  return { observed, requests: reader.requests };
}

describe('observeCoreDns', () => {
  it('finds the server, its Corefile, what scales it, and what each pod says of its load', async () => {
    const reading = (name: string, value: number, labels: Record<string, string> = {}) => ({
      name,
      labels,
      value,
    });
    const metrics = new Map([
      [
        '10.1.0.0',
        [
          reading('process_start_time_seconds', 1_799_999_000),
          reading('coredns_dns_requests_total', 40, { type: 'A' }),
          reading('coredns_dns_requests_total', 2, { type: 'AAAA' }),
          reading('coredns_dns_responses_total', 30, { rcode: 'NXDOMAIN' }),
          reading('coredns_dns_responses_total', 12, { rcode: 'NOERROR' }),
        ],
      ],
    ]);
    const objects = [
      deployment(),
      configMap(corefiles.kubeadm),
      ...corednsPods(2),
      metricsService('True'),
      foreignScaler('mine'),
      disruptionBudget,
      nodeCache,
    ];

    const { observed, requests } = await seen(aWorld(objects, { metrics }));

    expect(observed).toMatchObject({
      kind: 'deployment',
      owner: null,
      version: '1.14.7',
      replicas: 2,
      withoutCpuRequest: [],
      memoryLimit: '170Mi',
      graceSeconds: 30,
      labelSelector: 'k8s-app=kube-dns',
      corefile: { dataKey: 'Corefile', owner: null, text: corefiles.kubeadm },
      scalers: [{ name: 'HorizontalPodAutoscaler kube-system/mine' }],
      ownScaler: null,
      metricsApi: 'available',
      hasDisruptionBudget: true,
      nodeCaches: ['node-local-dns'],
      pods: [
        { name: 'coredns-0', load: { upSeconds: 1000, requests: 42, noSuchName: 30 } },
        { name: 'coredns-1', load: null },
      ],
    });
    expect(requests.filter((request) => request.startsWith('get'))).toHaveLength(2);
    expect(requests.filter((request) => request.startsWith('list'))).toHaveLength(8);
  });

  it.each<[string, readonly JsonObject[], Readonly<Record<string, string>>, JsonObject]>([
    ['nothing', [], {}, { kind: 'absent' }],
    [
      'OpenShift’s operator',
      [deployment()],
      { 'node.openshift.io/os_id': 'rhcos' },
      { kind: 'elsewhere', where: 'the DNS operator of OpenShift' },
    ],
    [
      'kube-dns',
      [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { namespace: 'kube-system', name: 'kube-dns' },
          spec: { template: { spec: { containers: [{ name: 'kubedns' }] } } },
        },
      ],
      {},
      { kind: 'elsewhere', where: 'kube-dns, which has no Corefile' },
    ],
    [
      'CoreDNS kept by AKS',
      [deployment(), configMap(corefiles.kubeadm)],
      { 'kubernetes.azure.com/cluster': 'c' },
      { kind: 'deployment', owner: { name: 'AKS' }, corefile: { owner: { name: 'AKS' } } },
    ],
    [
      'a Deployment whose ConfigMap is missing',
      [deployment()],
      {},
      { corefile: { unreadable: 'ConfigMap kube-system/coredns does not exist' } },
    ],
  ])('tells %s', async (_what, objects, labels, expected) => {
    const { observed } = await seen(aWorld(objects, { nodes: [aWorldNode({ labels })] }));
    expect(observed).toMatchObject(expected);
  });

  it('sees no load through metrics that listen on the pod’s own loopback', async () => {
    const text = corefiles.kubeadm.replace('prometheus :9153', 'prometheus 127.0.0.1:9153');
    const metrics = new Map([['10.1.0.0', []]]);
    const objects = [deployment(), configMap(text), ...corednsPods(1)];
    const { observed } = await seen(aWorld(objects, { metrics }));
    expect(observed).toMatchObject({ pods: [{ load: null }] });
  });
});
