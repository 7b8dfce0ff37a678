import type { JsonObject } from '@fairlead/core';

/** kube-proxy's DaemonSet as kubeadm lays it out. */
export function kubeProxyDaemonSet(version: string): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace: 'kube-system', name: 'kube-proxy', labels: { 'k8s-app': 'kube-proxy' } },
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        spec: {
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          containers: [
            {
              name: 'kube-proxy',
              image: `registry.k8s.io/kube-proxy:v${version}`,
              command: ['kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
              volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy' }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'kube-proxy' } }],
        },
      },
    },
    status: { desiredNumberScheduled: 2 },
  };
}
