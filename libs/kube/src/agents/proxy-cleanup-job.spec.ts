import { describe, expect, it } from 'vitest';
import { valueAt } from '@fairlead/core';
import { proxyCleanupJob } from './proxy-cleanup-job.js';

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'kube-proxy', namespace: 'kube-system' },
  spec: {
    template: {
      spec: {
        serviceAccountName: 'kube-proxy',
        containers: [
          {
            name: 'kube-proxy',
            image: 'registry.k8s.io/kube-proxy:v1.36.3',
            command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
            env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
            volumeMounts: [
              { name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' },
              { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
              { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true },
            ],
          },
        ],
        volumes: [
          { name: 'kube-proxy', configMap: { name: 'kube-proxy' } },
          { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
          { name: 'lib-modules', hostPath: { path: '/lib/modules' } },
        ],
      },
    },
  },
};
const seat = { jobId: 'j1', fence: 3, node: 'n1', name: 'c', namespace: 'fairlead-system' };

describe('proxyCleanupJob', () => {
  it("runs the DaemonSet's own program for nothing but --cleanup, without its token", () => {
    const spec = valueAt(proxyCleanupJob(seat, daemonSet), ['spec', 'template', 'spec']);

    expect(spec).toMatchObject({
      nodeName: 'n1',
      serviceAccountName: 'fairlead-agent',
      automountServiceAccountToken: false,
    });
    expect(valueAt(spec, ['containers', '0'])).toMatchObject({
      image: 'registry.k8s.io/kube-proxy:v1.36.3',
      command: ['/usr/local/bin/kube-proxy'],
      args: ['--cleanup'],
    });
  });

  it("has the host's folders of kube-proxy and nothing else of its pod", () => {
    const spec = valueAt(proxyCleanupJob(seat, daemonSet), ['spec', 'template', 'spec']);
    const names = (list: unknown) => (list as { name: string }[]).map(({ name }) => name);

    expect(names(valueAt(spec, ['volumes']))).toEqual(['xtables-lock', 'lib-modules']);
    expect(names(valueAt(spec, ['containers', '0', 'volumeMounts']))).toEqual([
      'xtables-lock',
      'lib-modules',
    ]);
  });

  it('goes when the agents of its job go', () => {
    expect(valueAt(proxyCleanupJob(seat, daemonSet), ['metadata', 'labels'])).toMatchObject({
      'fairlead.dev/job': 'j1',
      'fairlead.dev/fence': '3',
    });
  });
});
