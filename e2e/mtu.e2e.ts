import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';

const [cluster] = inject('clusters');
const namespace = 'default';
const name = 'fairlead-e2e-mtu';
const busybox = 'docker.io/library/busybox:1.35';
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'kube-flannel',
  name: 'kube-flannel-cfg',
};

/** One pod on each node, on the pods' network. */
const workload = {
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
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: name } },
          },
        ],
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
const allowed = [
  ...granted(namespace, [
    {
      apiGroups: ['apps'],
      resources: ['daemonsets', 'deployments', 'statefulsets'],
      verbs: ['get', 'patch'],
    },
  ]),
  // As deploy/rbac/README.md says for flannel.
  ...granted('kube-flannel', [
    {
      apiGroups: ['', 'apps'],
      resources: ['configmaps', 'daemonsets'],
      resourceNames: ['kube-flannel-cfg', 'kube-flannel-ds'],
      verbs: ['get', 'patch'],
    },
  ]),
];

/** A Role in the namespace, and its binding to Fairlead's account. */
function granted(inNamespace: string, rules: readonly object[]) {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name, namespace: inNamespace };
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', name: 'fairlead', namespace: 'fairlead-system' }];
  return [
    { apiVersion, kind: 'Role', metadata, rules },
    { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}

describe.skipIf(cluster === undefined)(
  `the MTU of pods on a real cluster${inject('missing')}`,
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
      for (const object of [workload, ...allowed]) await administrator.apply(object);
      await until(async () => (await runningPods()).length === 2);
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    });

    afterAll(async () => {
      for (const object of [workload, ...allowed]) await administrator?.remove(object);
      await fairlead?.stop();
    });

    const flannelText = async (): Promise<string> => {
      const found = await administrator.read<any>(configMap);
      return found.data['net-conf.json'];
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

    /** What `eth0` inside each of the workload's pods says, in the pod's own network namespace. */
    async function mtuInside(): Promise<number[]> {
      await until(async () => (await runningPods()).length === 2);
      return await Promise.all(
        (await runningPods()).map(async (pod) =>
          Number(await administrator.run(namespace, pod, ['cat', '/sys/class/net/eth0/mtu'])),
        ),
      );
    }

    it('goes down and comes back: new pods have it, running ones are listed, packets cross uncut', async () => {
      const before = await flannelText();
      const started = Date.now();

      const jobId = await createJob(api, clusterId, { mtu: { podMtu: 1350 } });
      const job = await jobIn(api, jobId, ['succeeded', 'unchanged']);

      const kept = job.plan.warnings.find(({ code }: any) => code === 'running-pods-keep-mtu');
      expect(kept.message).toContain(`default/Deployment ${name} (2)`);
      expect(JSON.parse(await flannelText()).Backend.MTU).toBe(1400);
      // Those that ran keep what they were made with.
      expect(await mtuInside()).toEqual([1450, 1450]);
      const proofs = job.plan.changes.filter(({ kind }: any) => kind === 'await');
      expect(proofs.map(({ condition }: any) => [condition.type, condition.details.bytes])).toEqual(
        [
          ['path-mtu', 1400],
          ['new-pod-mtu', undefined],
          ['path-mtu', 1350],
        ],
      );
      const applied = (Date.now() - started) / 1000;

      const undone = await undo(api, jobId);
      expect(undone.state).toBe('reverted');
      expect(await flannelText()).toBe(before);
      console.log(
        `MTU of pods 1450 to 1350 in ${applied.toFixed(0)} s, back in ${((Date.now() - started) / 1000 - applied).toFixed(0)} s; ${kept.message}`,
      );
    });

    it('recreates what is listed when asked, in the order of the plan, and again with the undo', async () => {
      const before = await flannelText();
      const settings = { podMtu: 1350, recreatePods: 'listed', namespaces: [namespace] };

      const jobId = await createJob(api, clusterId, { mtu: settings });
      const job = await jobIn(api, jobId, ['succeeded', 'unchanged']);

      expect(job.plan.changes.at(-2)).toMatchObject({
        kind: 'restart',
        object: { kind: 'Deployment', namespace, name },
      });
      expect(await mtuInside()).toEqual([1350, 1350]);
      const whole = await answeredPing(1350);

      // Up again by a second job, as far as the path carries, and back to where the first one left it.
      const raising = { podMtu: 'from-path', recreatePods: 'listed', namespaces: [namespace] };
      const raised = await createJob(api, clusterId, { mtu: raising });
      const second = await jobIn(api, raised, ['succeeded', 'unchanged']);
      expect(second.plan.changes.at(-1).condition).toMatchObject({ details: { bytes: 1450 } });
      expect(await mtuInside()).toEqual([1450, 1450]);
      const larger = await answeredPing(1450);
      expect((await undo(api, raised)).state).toBe('reverted');
      expect(await mtuInside()).toEqual([1350, 1350]);

      expect((await undo(api, jobId)).state).toBe('reverted');
      expect(await mtuInside()).toEqual([1450, 1450]);
      expect(await flannelText()).toBe(before);
      console.log(`eth0 inside recreated pods: 1350, after the undo 1450; ${whole}; ${larger}`);
    });

    it('takes from the path as much as it carries, which flannel did by itself', async () => {
      const jobId = await createJob(api, clusterId, { mtu: { podMtu: 'from-path' } });
      const job = await jobIn(api, jobId, ['succeeded', 'unchanged']);

      expect(job.plan.refusals).toEqual([]);
      expect(job.plan.changes).toEqual([]);
    });

    it('is refused above the path before anything is written, naming the nodes', async () => {
      const before = await flannelText();
      const nodes = await administrator.nodes();

      const job = await jobIn(api, await createJob(api, clusterId, { mtu: { podMtu: 1500 } }), [
        'refused',
      ]);

      expect(job.plan.changes).toEqual([]);
      expect(job.plan.refusals).toMatchObject([{ code: 'path-too-small', nodes }]);
      expect(job.plan.refusals[0].message).toContain('Set podMtu to 1450 or less');
      expect(await flannelText()).toBe(before);
      console.log(job.plan.refusals[0].message);
    });

    /** One IPv4 packet of the size from one of the pods to the other and back, by the pods' own ping. */
    async function answeredPing(mtuBytes: number): Promise<string> {
      const [from = '', to = ''] = await runningPods();
      const pod = await administrator.core.readNamespacedPod({ namespace, name: to });
      const address = pod.status?.podIP ?? '';
      const ping = ['ping', '-c', '1', '-W', '2', '-s', String(mtuBytes - 28), address];
      const answer = await administrator.run(namespace, from, ping);
      expect(answer).toContain('1 packets received');
      return `a packet of ${mtuBytes} bytes from ${from} to ${to} was answered`;
    }
  },
);
