import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { ApiProblem, restApi, type Api } from './support/api.js';
import {
  aPool,
  calicoConfig,
  calicoDefinitions,
  calicoNode,
  confirmed,
  felixConfiguration,
  installation,
} from './support/calico-objects.js';
import { grpcApi } from './support/grpc-api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';

const [cluster] = inject('clusters');
const flannel = { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'kube-flannel' };
const pool = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', name: 'default-ipv4-ippool' };
const keptByOperator = { 'app.kubernetes.io/managed-by': 'tigera-operator' };
const installed = { apiVersion: 'operator.tigera.io/v1', kind: 'Installation', name: 'default' };

const refusedSettings: [string, object][] = [
  ['cilium.kubeProxyReplacement', { cilium: { kubeProxyReplacement: true } }],
  [
    'cilium.routingMode',
    { cilium: { routingMode: 'native', ipv4NativeRoutingCIDR: '10.0.0.0/8' } },
  ],
  ['calico.encapsulation', { calico: { encapsulation: 'None' } }],
  ['calico.bpf', { calico: { bpf: true } }],
];

describe.skipIf(cluster === undefined)(
  `the data plane of a real cluster${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let api: Api;
    let grpc: Api;
    let administrator: Administrator;
    let clusterId: string;

    beforeAll(async () => {
      if (cluster === undefined) return;
      fairlead = await startInstallation();
      fairlead.startWorker();
      api = restApi(fairlead.http, fairlead.adminKey);
      grpc = grpcApi(fairlead.grpc, fairlead.adminKey);
      administrator = new Administrator(cluster);
      const kubeconfig = await administrator.installFairlead();
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    });

    afterAll(async () => {
      grpc?.close();
      api?.close();
      await fairlead?.stop();
    });

    /** The newest plan for the settings, over an observation made after this call. */
    async function previewed(by: Api, datapath: object): Promise<any> {
      const settings = { datapath };
      return await by.call('previewPlan', { clusterId, settings }).catch((error: unknown) => {
        if (error instanceof ApiProblem && error.code === 'cluster-not-observed') return null;
        throw error;
      });
    }

    it('is flannel’s vxlan, and is best left alone', async () => {
      await api.call('observeCluster', { clusterId });
      await until(async () => (await previewed(api, { calico: { bpf: true } })) !== null, 60);

      const { findings } = await api.call('getAdvice', { clusterId });

      const own = findings.filter(({ tuner }: any) => tuner === 'datapath');
      const left = own.find(({ code }: any) => code === 'datapath-leave-alone');
      expect(left.message).toMatch(/^The data plane is flannel: .* Leave it as it is\.$/);
      expect(left.evidence).toContainEqual({
        what: 'encapsulation',
        value: 'vxlan, always',
        where: 'ConfigMap kube-flannel/kube-flannel-cfg Backend.Type',
      });
      const users = own.find(({ code }: any) => code === 'datapath-host-network').evidence;
      expect(users.map(({ where }: any) => where)).toContain('DaemonSet kube-system/kube-proxy');
    });

    it.each(refusedSettings)(
      'has no %s: refused by its code over both transports',
      async (_what, settings) => {
        for (const by of [api, grpc]) {
          const { plan } = await previewed(by, { ...settings, confirmed });
          expect(plan.refusals.map(({ code }: any) => code)).toEqual(['other-cni']);
          expect(plan.changes).toEqual([]);
        }
      },
    );

    it('is not written to by a job that asks for what it cannot have', async () => {
      const before = await administrator.read<any>({ ...flannel, name: 'kube-flannel-ds' });

      const datapath = { cilium: { kubeProxyReplacement: true }, confirmed };
      const job = await jobIn(api, await createJob(api, clusterId, { datapath }), ['refused']);

      expect(job.problem.code).toBe('other-cni');
      const after = await administrator.read<any>({ ...flannel, name: 'kube-flannel-ds' });
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    // Calico's objects without Calico: that the right bytes are written and come back. No packet
    // takes another way by it.
    describe('with Calico’s API objects beside a flannel that rests', () => {
      const resting = 'fairlead-e2e/resting';
      let flannelObject: any;

      beforeAll(async () => {
        if (cluster === undefined) return;
        flannelObject = await administrator.read<any>({ ...flannel, name: 'kube-flannel-ds' });
        for (const object of calicoDefinitions) await administrator.apply(object);
        // A kind is served a moment after its definition is there.
        const served = [felixConfiguration, installation, aPool({})];
        for (const object of served) {
          await until(async () => {
            await administrator.apply(object).catch(() => undefined);
            const { apiVersion, kind, metadata } = object;
            return (await administrator.read({ apiVersion, kind, name: metadata.name })) !== null;
          });
        }
        for (const object of [installation, aPool({})]) await administrator.remove(object);
        await administrator.apply(calicoConfig);
        await administrator.apply(calicoNode);
        // Its routes, its device and its file for new pods stay on each node meanwhile.
        await rest(true);
        await until(async () => {
          const { status } = await administrator.read<any>({
            ...flannel,
            namespace: 'kube-system',
            name: 'calico-node',
          });
          return (
            status?.desiredNumberScheduled > 0 &&
            status.numberReady === status.desiredNumberScheduled
          );
        });
      });

      afterAll(async () => {
        if (cluster === undefined) return;
        await rest(false);
        for (const object of [calicoNode, calicoConfig, ...calicoDefinitions])
          await administrator.remove(object);
        const pods = flannelObject.status.desiredNumberScheduled;
        await until(async () => {
          const now = await administrator.read<any>({ ...flannel, name: 'kube-flannel-ds' });
          return now.status.numberReady === pods;
        });
      });

      async function rest(isResting: boolean): Promise<void> {
        const { metadata, apiVersion, kind, spec } = flannelObject;
        const nodeSelector = {
          ...spec.template.spec.nodeSelector,
          ...(isResting && { [resting]: 'true' }),
        };
        const { name, namespace } = metadata;
        await administrator.replaceNodeSelector(
          { apiVersion, kind, metadata: { name, namespace } },
          nodeSelector,
        );
        await until(async () => {
          const now = await administrator.read<any>({ ...flannel, name: 'kube-flannel-ds' });
          return (now.status.desiredNumberScheduled === 0) === isResting;
        });
      }

      const specOf = async (ref: typeof pool) =>
        JSON.stringify((await administrator.read<any>(ref)).spec);

      it('edits the pool of an installation without the operator, and puts it back to the byte', async () => {
        await administrator.apply(aPool({}));
        const original = await specOf(pool);
        const datapath = { calico: { encapsulation: 'VXLANCrossSubnet' }, confirmed };

        const jobId = await createJob(api, clusterId, { datapath });
        const job = await jobIn(api, jobId, ['succeeded']);

        expect(job.plan.changes.map(({ id }: any) => id)).toEqual([
          'datapath/pool/default-ipv4-ippool',
        ]);
        expect(JSON.parse(await specOf(pool))).toMatchObject({
          ipipMode: 'Never',
          vxlanMode: 'CrossSubnet',
        });
        expect((await undo(api, jobId)).state).toBe('reverted');
        expect(await specOf(pool)).toBe(original);
        await administrator.remove(aPool({}));
      });

      it('edits the operator’s Installation, waits for its pool, and puts the Installation back', async () => {
        const kept = aPool(keptByOperator);
        await administrator.apply(kept);
        await administrator.apply(installation);
        const original = await specOf(installed);
        const datapath = { calico: { encapsulation: 'VXLAN' }, confirmed };
        const jobId = await createJob(api, clusterId, { datapath });
        // The operator's part, played: it follows the Installation, and the job waits for it.
        await jobIn(api, jobId, ['applying']);
        await until(async () => (await specOf(installed)) !== original);
        const followed = {
          ...kept,
          spec: { ...kept.spec, ipipMode: 'Never', vxlanMode: 'Always' },
        };
        await administrator.apply(followed);
        const job = await jobIn(api, jobId, ['succeeded']);

        expect(job.plan.changes.map(({ kind }: any) => kind)).toEqual(['edit', 'await', 'await']);
        const { calicoNetwork } = JSON.parse(await specOf(installed));
        expect(calicoNetwork.ipPools[0].encapsulation).toBe('VXLAN');
        expect((await undo(api, jobId)).state).toBe('reverted');
        expect(await specOf(installed)).toBe(original);
      });

      it('says which of Calico’s settings it cannot confirm, and writes none of them', async () => {
        for (const object of [aPool(keptByOperator), installation])
          await administrator.apply(object);
        const before = await specOf(installed);

        const { plan } = await previewedAnew({ calico: { bpf: true } });

        const codes = plan.refusals.map(({ code }: any) => code);
        expect(codes).toContain('api-address-missing');
        expect(codes).toContain('confirmation-missing');
        expect(await specOf(installed)).toBe(before);
      });

      /** A plan over what is observed from now on, not over what was stored before. */
      async function previewedAnew(datapath: object): Promise<any> {
        const since = new Date().toISOString();
        await api.call('observeCluster', { clusterId });
        let found: any;
        await until(async () => {
          found = await previewed(api, datapath);
          return found !== null && found.observedAt > since;
        }, 60);
        return found;
      }
    });
  },
);
