import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { SectionCases } from '../../testing/section-cases.js';

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const objects = fc
  .record({
    address: usually<string | null>('10.96.0.10', 'fd00::a', null),
    other: usually<JsonObject | null>(null, {}, { 'addonmanager.kubernetes.io/mode': 'Reconcile' }),
    cilium: usually<string | null>(null, 'false', 'true'),
  })
  .map(({ address, other, cilium }): readonly JsonObject[] => [
    ...(address === null ? [] : [kubeDns(address)]),
    ...(other === null ? [] : [strangersCache(other)]),
    ...(cilium === null ? [] : ciliumObjects(cilium)),
  ]);

const agents = fc.record({
  proxyMode: usually<string | null>('iptables', 'nftables', 'ipvs', null),
  listeners: usually<{ address: string; port: number }[]>(
    [{ address: '127.0.0.53', port: 53 }],
    [],
    [{ address: '0.0.0.0', port: 53 }],
    [{ address: '::', port: 8080 }],
  ),
  nameserver: usually('10.96.0.10', '169.254.10.11'),
});

const settings = fc.record(
  {
    reach: fc.constantFrom('all-pods', 'link-local'),
    localAddress: fc.constantFrom('169.254.20.10', '169.254.25.10'),
    successSeconds: fc.constantFrom(30, 300),
    healthPort: fc.constantFrom(8080, 18_080),
  },
  { requiredKeys: [] },
);

function kubeDns(clusterIP: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'kube-system', name: 'kube-dns' },
    spec: { clusterIP, selector: { 'k8s-app': 'kube-dns' } },
  };
}

function strangersCache(labels: JsonObject): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name: 'node-local-dns', labels },
    spec: { template: { spec: { containers: [{ name: 'node-cache' }] } } },
  };
}

function ciliumObjects(replaces: string): JsonObject[] {
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { namespace: 'kube-system', name: 'cilium' },
      spec: { template: { spec: { containers: [{ name: 'cilium-agent' }] } } },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { namespace: 'kube-system', name: 'cilium-config' },
      data: { 'kube-proxy-replacement': replaces },
    },
  ];
}

export const nodeLocalCases: SectionCases & { readonly agents: typeof agents } = {
  objects,
  agents,
  settings,
  // The first server and the first `svc.` domain of a resolv.conf are the ones that count.
  orderedLists: ['nameservers', 'searches'],
};
