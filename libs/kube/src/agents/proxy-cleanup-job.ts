import { valueAt, type Json, type JsonObject, type SeenObject } from '@fairlead/core';
import { labelNames, type AgentSeat } from './agent-names.js';

/** What a Job that cleans up is named by: the lease's job and fence, so that it goes when the agents go. */
export interface CleanupSeat extends Pick<AgentSeat, 'jobId' | 'fence'> {
  readonly node: string;
  readonly name: string;
  readonly namespace: string;
}

const cleanupSeconds = 300;

/**
 * A Job that runs kube-proxy's own `--cleanup` on one node: the program and the host's folders of the DaemonSet's pods,
 * which load modules and take the lock of iptables through them. It needs no configuration and no token.
 */
export function proxyCleanupJob(
  { jobId, fence, node, name, namespace }: CleanupSeat,
  daemonSet: SeenObject,
): JsonObject {
  const labels = {
    [labelNames.job]: jobId,
    [labelNames.fence]: String(fence),
    [labelNames.agent]: 'proxy-cleanup',
    'app.kubernetes.io/managed-by': 'fairlead',
    'app.kubernetes.io/name': 'fairlead-proxy-cleanup',
  };
  const spec = ['spec', 'template', 'spec'];
  const container = valueAt(daemonSet, [...spec, 'containers', '0']) as JsonObject;
  const volumes = listAt(daemonSet, [...spec, 'volumes']).filter(
    (volume) => valueAt(volume, ['hostPath']) !== undefined,
  );
  const names = volumes.map((volume) => valueAt(volume, ['name']));
  const mounts = listAt(container, ['volumeMounts']).filter((mount) =>
    names.includes(valueAt(mount, ['name'])),
  );
  const [program] = listAt(container, ['command']);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: cleanupSeconds,
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: { labels },
        spec: {
          nodeName: node,
          tolerations: [{ operator: 'Exists' }],
          // It fails the first time where rules of two modes refer to one another. The kubelet restarts a container
          // at once, where a Job would wait before its next pod: by then the living proxy has written its own anew.
          restartPolicy: 'OnFailure',
          terminationGracePeriodSeconds: 3,
          serviceAccountName: 'fairlead-agent',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          hostNetwork: true,
          dnsPolicy: 'Default',
          volumes,
          containers: [
            {
              name: 'cleanup',
              image: container['image'] ?? '',
              imagePullPolicy: container['imagePullPolicy'] ?? 'IfNotPresent',
              ...(program !== undefined && { command: [program] }),
              args: ['--cleanup'],
              ...(container['env'] !== undefined && { env: container['env'] }),
              volumeMounts: mounts,
              // As kube-proxy itself: it takes away rules, interfaces and ipsets of the host.
              securityContext: { privileged: true },
            },
          ],
        },
      },
    },
  };
}

function listAt(object: Json, path: readonly string[]): readonly Json[] {
  const list = valueAt(object, path);
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}
