import type { JsonObject } from '@fairlead/core';

const namespace = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };

/** CoreDNS as kubeadm lays it out. */
export function deployment(
  draft: {
    readonly replicas?: number;
    readonly version?: string;
    readonly labels?: JsonObject;
    readonly annotations?: JsonObject;
    readonly managedFields?: readonly JsonObject[];
    readonly requests?: JsonObject;
  } = {},
): JsonObject {
  const { replicas = 2, version = 'v1.14.7', requests = { cpu: '100m', memory: '70Mi' } } = draft;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      namespace,
      name: 'coredns',
      labels: { ...labels, ...draft.labels },
      ...(draft.annotations && { annotations: draft.annotations }),
      ...(draft.managedFields && { managedFields: draft.managedFields }),
    },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'coredns',
              image: `registry.k8s.io/coredns/coredns:${version}`,
              args: ['-conf', '/etc/coredns/Corefile'],
              resources: { requests, limits: { memory: '170Mi' } },
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

export function configMap(text: string, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'coredns', ...metadata },
    data: { Corefile: text },
  };
}

/** Pods by their addresses: 10.1.0.0, 10.1.0.1 … */
export function corednsPods(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, at) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: `coredns-${at}`, labels },
    spec: { nodeName: 'node-0' },
    status: {
      phase: 'Running',
      podIP: `10.1.0.${at}`,
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  }));
}

export function metricsService(status: string): JsonObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    status: { conditions: [{ type: 'Available', status }] },
  };
}

export function foreignScaler(name: string): JsonObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns' } },
  };
}

export const disruptionBudget: JsonObject = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { namespace, name: 'coredns' },
  spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
};

export const nodeCache: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { namespace, name: 'node-local-dns' },
  spec: { template: { spec: { containers: [{ name: 'node-cache' }] } } },
};
