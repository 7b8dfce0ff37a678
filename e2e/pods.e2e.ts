import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';

const [cluster] = inject('clusters');
const keepalive = 'net.ipv4.tcp_keepalive_time';
const name = 'fairlead-e2e-app';
const namespace = 'default';
const busybox = 'docker.io/library/busybox:1.35';

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'c',
            image: busybox,
            imagePullPolicy: 'IfNotPresent',
            command: ['sleep', '36000'],
          },
        ],
      },
    },
  },
};
const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name, namespace },
  rules: [
    { apiGroups: ['apps'], resources: ['deployments', 'daemonsets'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  ],
};
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name, namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
  subjects: [{ kind: 'ServiceAccount', name: 'fairlead', namespace: 'fairlead-system' }],
};

describe.skipIf(cluster === undefined)(
  `pods of a workload on a real cluster${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let api: Api;
    let administrator: Administrator;
    let clusterId: string;

    beforeAll(async () => {
      if (cluster === undefined) return;
      fairlead = await startInstallation();
      fairlead.startWorker();
      api = restApi(fairlead.http, fairlead.adminKey);
      administrator = new Administrator(cluster);
      const kubeconfig = await administrator.installFairlead();
      for (const object of [deployment, role, binding]) await administrator.apply(object);
      await until(async () => (await runningPods()).length === 2);
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    });

    afterAll(async () => {
      for (const object of [deployment, role, binding]) await administrator?.remove(object);
      await fairlead?.stop();
    });

    const template = async () => {
      const found = await administrator.read<any>({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        namespace,
        name,
      });
      return found.spec.template;
    };

    async function runningPods(): Promise<string[]> {
      const { items } = await administrator.core.listNamespacedPod({
        namespace,
        labelSelector: `app=${name}`,
      });
      return items
        .filter(
          ({ status, metadata }) => status?.phase === 'Running' && !metadata?.deletionTimestamp,
        )
        .flatMap(({ metadata }) => metadata?.name ?? []);
    }

    const valuesInside = async () => {
      await until(async () => (await runningPods()).length === 2);
      const path = `/proc/sys/${keepalive.replaceAll('.', '/')}`;
      return await Promise.all(
        (await runningPods()).map(async (pod) =>
          (await administrator.run(namespace, pod, ['cat', path])).trim(),
        ),
      );
    };

    it('get the key inside their own network namespaces, and lose it with the undo', async () => {
      const original = await template();
      const workload = { namespace, kind: 'Deployment', name, sysctls: { [keepalive]: 600 } };

      const jobId = await createJob(api, clusterId, { sysctl: { pods: [workload] } });
      const job = await jobIn(api, jobId, ['succeeded']);

      expect(await valuesInside()).toEqual(['600', '600']);
      expect(job.plan.blastRadius.podsRestarted).toBe(2);

      expect((await undo(api, jobId)).state).toBe('reverted');
      expect(await template()).toEqual(original);
      expect(await valuesInside()).toEqual(['7200', '7200']);
    });

    it('are left alone where the kubelet would refuse the key', async () => {
      const workload = {
        namespace,
        kind: 'Deployment',
        name,
        sysctls: { 'net.core.somaxconn': 8192 },
      };

      const job = await jobIn(
        api,
        await createJob(api, clusterId, { sysctl: { pods: [workload] } }),
        ['refused'],
      );

      expect(job.plan.refusals).toMatchObject([{ code: 'unsafe-pod-sysctl' }]);
      expect(job.plan.changes).toEqual([]);
    });
  },
);
