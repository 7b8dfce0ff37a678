import { createHash } from 'node:crypto';
import { corefileReloadText } from '@fairlead/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';

const [cluster] = inject('clusters');
const namespace = 'kube-system';
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'coredns' };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'coredns' };
const scaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  namespace,
  name: 'fairlead-coredns',
};
/** Asks the cluster's DNS as fast as it can, from pods of its own. */
const load = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'fairlead-e2e-lookups', namespace: 'default' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'fairlead-e2e-lookups' } },
    template: {
      metadata: { labels: { app: 'fairlead-e2e-lookups' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'c',
            image: 'docker.io/library/busybox:1.35',
            imagePullPolicy: 'IfNotPresent',
            command: [
              'sh',
              '-c',
              'for i in 1 2 3 4; do (while :; do nslookup kubernetes.default.svc.cluster.local.; done) >/dev/null 2>&1 & done; wait',
            ],
          },
        ],
      },
    },
  },
};

describe.skipIf(cluster === undefined)(`CoreDNS on a real cluster${inject('missing')}`, () => {
  let fairlead: Installation;
  let api: Api;
  let administrator: Administrator;
  let clusterId: string;
  let found: string;

  beforeAll(async () => {
    if (cluster === undefined) return;
    fairlead = await startInstallation();
    fairlead.startWorker();
    api = restApi(fairlead.http, fairlead.adminKey);
    administrator = new Administrator(cluster);
    const kubeconfig = await administrator.installFairlead();
    clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    found = await corefile();
    await administrator.startObservers();
  });

  afterAll(async () => {
    await administrator?.remove(load);
    if (found !== undefined) await setCorefile(found);
    await administrator?.stopObservers();
    await fairlead?.stop();
  });

  async function corefile(): Promise<string> {
    return (await administrator.read<any>(configMap)).data.Corefile;
  }

  async function setCorefile(text: string): Promise<void> {
    if ((await corefile()) === text) return;
    await administrator.core.patchNamespacedConfigMap({
      namespace,
      name: 'coredns',
      body: [{ op: 'replace', path: '/data/Corefile', value: text }],
    });
  }

  async function pods(): Promise<{ name: string; node: string; address: string }[]> {
    const { items } = await administrator.core.listNamespacedPod({
      namespace,
      labelSelector: 'k8s-app=kube-dns',
    });
    return items
      .filter(({ status, metadata }) => status?.phase === 'Running' && !metadata?.deletionTimestamp)
      .map(({ metadata, spec, status }) => ({
        name: metadata?.name ?? '',
        node: spec?.nodeName ?? '',
        address: status?.podIP ?? '',
      }));
  }

  /** The hash that a CoreDNS pod itself shows of what it reloaded, read from its node. */
  async function shownBy(pod: { node: string; address: string }): Promise<string> {
    const command = ['wget', '-qO-', `http://${pod.address}:9153/metrics`];
    const text = await administrator.run('default', `fairlead-e2e-host-${pod.node}`, command);
    return /coredns_reload_version_info\{.*value="(\w+)"\} 1/.exec(text)?.[1] ?? '';
  }

  /** Pods that do not reload have to start to read a Corefile. */
  async function startAnew(text: string): Promise<void> {
    await setCorefile(text);
    const old = await pods();
    for (const { name } of old) await administrator.core.deleteNamespacedPod({ namespace, name });
    await until(async () => {
      const { status } = await administrator.read<any>(deployment);
      const names = (await pods()).map(({ name }) => name);
      return (
        status?.availableReplicas === old.length && !old.some(({ name }) => names.includes(name))
      );
    });
  }

  const replicas = async () => (await administrator.read<any>(deployment)).spec.replicas;
  const sumOf = (text: string) =>
    createHash('sha512')
      .update(corefileReloadText(text) ?? '')
      .digest('hex');

  it('is edited, seen to run the edit in every pod, and undone to the byte', async () => {
    // A plugin that the planner knows nothing of, with a comment and spacing of its own.
    const original = found.replace('    loop\n', '    nsid   "of the tests"  # kept\n    loop\n');
    await setCorefile(original);

    const jobId = await createJob(api, clusterId, {
      dns: {
        coredns: {
          cache: { ttlSeconds: 60, success: { capacity: 20_000 }, prefetch: { amount: 10 } },
          lameduckSeconds: 7,
        },
      },
    });
    const job = await jobIn(api, jobId, ['succeeded'], 500);

    expect(job.plan.changes.map(({ kind }: { kind: string }) => kind)).toEqual(['edit', 'await']);
    const edited = await corefile();
    expect(edited).toBe(
      original
        .replace('lameduck 5s', 'lameduck 7s')
        .replace(
          '    cache 30\n',
          '    cache 60 {\n        success 20000\n        prefetch 10 60s 10%\n    }\n',
        ),
    );
    const running = await pods();
    expect(running.length).toBeGreaterThan(0);
    for (const pod of running) expect(await shownBy(pod)).toBe(sumOf(edited));

    expect((await undo(api, jobId)).state).toBe('reverted');
    expect(await corefile()).toBe(original);
    for (const pod of await pods()) expect(await shownBy(pod)).toBe(sumOf(original));
    await administrator.untilNothingIsLeft();
  });

  it('is rolled where it does not reload by itself, and again by the undo', async () => {
    const original = found.replace('    reload\n', '');
    await setCorefile(original);
    const before = (await pods()).map(({ name }) => name);

    const jobId = await createJob(api, clusterId, {
      dns: { coredns: { cache: { ttlSeconds: 45 } } },
    });
    const job = await jobIn(api, jobId, ['succeeded'], 500);

    expect(job.plan.changes.map(({ kind }: { kind: string }) => kind)).toEqual(['edit', 'restart']);
    expect(await corefile()).toBe(original.replace('cache 30', 'cache 45'));
    const rolled = (await pods()).map(({ name }) => name);
    expect(rolled).toHaveLength(before.length);
    expect(rolled.filter((name) => before.includes(name))).toEqual([]);

    expect((await undo(api, jobId)).state).toBe('reverted');
    expect(await corefile()).toBe(original);
    await until(async () => (await pods()).every(({ name }) => !rolled.includes(name)));
    await startAnew(found);
    await administrator.untilNothingIsLeft();
  });

  it('is scaled by an HPA under load, and has its pods of before once that is undone', async () => {
    const before = await replicas();
    const minReplicas = Math.max(2, before);

    const jobId = await createJob(api, clusterId, {
      dns: {
        coredns: { autoscaler: { minReplicas, maxReplicas: minReplicas + 2, cpuPercent: 20 } },
      },
    });
    await jobIn(api, jobId, ['succeeded'], 400);
    await until(async () => (await replicas()) === minReplicas);
    await administrator.apply(load);
    await until(async () => (await replicas()) > minReplicas, 300);
    await administrator.remove(load);

    expect((await undo(api, jobId)).state).toBe('reverted');
    expect(await administrator.read(scaler)).toBeNull();
    expect(await replicas()).toBe(before);
    await until(async () => (await pods()).length === before);
    await administrator.untilNothingIsLeft();
  });

  it('is left alone where another HPA scales it', async () => {
    const other = {
      apiVersion: scaler.apiVersion,
      kind: scaler.kind,
      metadata: { namespace, name: 'somebody-elses' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'coredns' },
        minReplicas: 1,
        maxReplicas: 2,
      },
    };
    await administrator.apply(other);
    try {
      const settings = { autoscaler: { minReplicas: 2, maxReplicas: 4, cpuPercent: 70 } };
      const jobId = await createJob(api, clusterId, { dns: { coredns: settings } });
      const job = await jobIn(api, jobId, ['refused']);

      expect(job.plan.refusals).toMatchObject([
        {
          code: 'scaler-present',
          message: expect.stringContaining('kube-system/somebody-elses') as string,
        },
      ]);
      expect(await administrator.read(scaler)).toBeNull();
    } finally {
      await administrator.remove(other);
    }
  });
});
