import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { SectionCases } from '../../testing/section-cases.js';

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const kinds = ['DaemonSet', 'Deployment', 'StatefulSet'] as const;

const draft = fc.record({
  kind: fc.constantFrom(...kinds),
  dnsConfig: fc.constantFrom<(JsonObject | null)[]>(
    null,
    { searches: ['corp.example'] },
    { options: [{ name: 'edns0' }, { name: 'ndots', value: '3' }] },
  ),
  dnsPolicy: usually('ClusterFirst', 'Default', 'None'),
  hostNetwork: usually(false, true),
  labels: usually<JsonObject>({}, { 'app.kubernetes.io/managed-by': 'Helm' }),
  image: usually('example/api:1', 'example/api:1-alpine'),
  text: fc.constantFrom('', 'http://orders.shop:80/', 'orders.shop.svc and db.shop.svc:5432'),
  replicas: fc.constantFrom(0, 3),
  partition: usually(0, 2),
});
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;

const objects = fc.record({ draft }).map(({ draft: one }): readonly JsonObject[] => [
  workload(one),
  ...['orders', 'db'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'shop', name },
    spec: { clusterIP: '10.96.1.1' },
  })),
  ...['api-0', 'api-1'].map((name) => pod(name)),
]);

const ndots = fc.constantFrom(1, 2, 3);
const workloads = fc
  .record({ kind: fc.constantFrom(...kinds), ndots })
  .map((one) => [{ ...one, namespace: 'shop', name: 'api' }]);
const newPods = fc
  .record(
    {
      namespaces: usually(['shop'], ['kube-system'], ['shop', 'other']),
      podLabels: fc.constant({ app: 'api' }),
      ndots,
    },
    { requiredKeys: ['namespaces', 'ndots'] },
  )
  .map((one) => [one]);

const settings = fc.oneof(
  fc.record({ workloads }),
  fc.record({ newPods }),
  fc.record({ workloads, newPods }),
);

function workload({ kind, dnsConfig, image, text, partition, ...rest }: Draft): JsonObject {
  const matchLabels = { app: 'api' };
  const env = [{ name: 'TARGETS', value: text }];
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { namespace: 'shop', name: 'api', labels: rest.labels },
    spec: {
      replicas: rest.replicas,
      selector: { matchLabels },
      ...(kind === 'StatefulSet' && { updateStrategy: { rollingUpdate: { partition } } }),
      template: {
        metadata: { labels: matchLabels },
        spec: {
          ...(dnsConfig !== null && { dnsConfig }),
          dnsPolicy: rest.dnsPolicy,
          hostNetwork: rest.hostNetwork,
          containers: [{ name: 'api', image, env }],
        },
      },
    },
  };
}

function pod(name: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name, uid: `uid-${name}`, labels: { app: 'api' } },
    spec: { dnsPolicy: 'ClusterFirst', nodeName: 'node-0' },
    status: { phase: 'Running' },
  };
}

export const ndotsCases: SectionCases = {
  objects,
  settings,
  orderedLists: ['dnsConfig', 'searches'],
};
