import type { JsonObject } from '@fairlead/core';
import fc from 'fast-check';
import type { SectionCases } from '../../testing/section-cases.js';

const usually = <T>(value: T, ...others: T[]) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.constant(value) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const kubeadmCorefile = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

const objects = fc
  .record({
    isThere: usually(true, false),
    replicas: fc.constantFrom(1, 2, 3),
    labels: usually<JsonObject>({}, { 'app.kubernetes.io/managed-by': 'Helm' }),
    requests: usually<JsonObject>({ cpu: '100m' }, {}),
    metrics: usually<string | null>('True', 'False', null),
    hpa: usually<string | null>(null, 'coredns'),
    budget: fc.boolean(),
    text: usually(kubeadmCorefile, '. {'),
  })
  .map((draft): readonly JsonObject[] => {
    if (!draft.isThere) return [];
    return [
      deployment(draft),
      configMap(draft.text),
      ...(draft.metrics === null ? [] : [metricsService(draft.metrics)]),
      ...(draft.hpa === null ? [] : [foreignScaler(draft.hpa)]),
      ...(draft.budget ? [disruptionBudget] : []),
    ];
  });

const settings = fc.record({
  autoscaler: fc.record({
    minReplicas: fc.constantFrom(2, 3),
    maxReplicas: fc.constantFrom(4, 10),
    cpuPercent: fc.constantFrom(50, 70),
  }),
  allowDecrease: fc.boolean(),
});

const labels = { 'k8s-app': 'kube-dns' };

function deployment(draft: {
  readonly replicas: number;
  readonly labels: JsonObject;
  readonly requests: JsonObject;
}): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace: 'kube-system',
      name: 'coredns',
      labels: { ...labels, ...draft.labels },
    },
    spec: {
      replicas: draft.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'coredns',
              image: 'registry.k8s.io/coredns/coredns:v1.14.7',
              args: ['-conf', '/etc/coredns/Corefile'],
              resources: { requests: draft.requests },
              volumeMounts: [{ name: 'config-volume', mountPath: '/etc/coredns' }],
            },
          ],
          volumes: [
            {
              name: 'config-volume',
              configMap: { name: 'coredns', items: [{ key: 'Corefile', path: 'Corefile' }] },
            },
          ],
        },
      },
    },
  };
}

function configMap(text: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace: 'kube-system', name: 'coredns' },
    data: { Corefile: text },
  };
}

function metricsService(status: string): JsonObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    status: { conditions: [{ type: 'Available', status }] },
  };
}

function foreignScaler(name: string): JsonObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace: 'kube-system', name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns' } },
  };
}

const disruptionBudget: JsonObject = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { namespace: 'kube-system', name: 'coredns' },
  spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
};

export const coreDnsCases: SectionCases = { objects, settings, orderedLists: [] };
