import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { ApiProblem, restApi, type Api } from './support/api.js';
import { grpcApi } from './support/grpc-api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, quick, registerCluster, undo } from './support/jobs.js';

const clusters = inject('clusters');
const somaxconn = 'net.core.somaxconn';
const timeWait = 'net.netfilter.nf_conntrack_tcp_timeout_time_wait';
const settings = {
  sysctl: { host: { [somaxconn]: { value: 16_384 } } },
  conntrack: { timeoutSeconds: { tcpTimeWait: 60 } },
};

describe.skipIf(clusters.length === 0)(
  `one tuning job on real clusters${inject('missing')}`,
  () => {
    let fairlead: Installation;
    const registered = new Map<string, any>();
    const administrators = clusters.map((cluster) => new Administrator(cluster));
    const apis: Record<string, Api> = {};

    beforeAll(async () => {
      fairlead = await startInstallation();
      fairlead.startWorker();
      apis['rest'] = restApi(fairlead.http, fairlead.adminKey);
      apis['grpc'] = grpcApi(fairlead.grpc, fairlead.adminKey);
      for (const administrator of administrators) {
        const kubeconfig = await administrator.installFairlead();
        await administrator.startObservers();
        const cluster = await registerCluster(apis['rest'], administrator.name, kubeconfig);
        registered.set(administrator.name, cluster);
      }
    });

    afterAll(async () => {
      for (const api of Object.values(apis)) api.close();
      for (const administrator of administrators) await administrator.stopObservers();
      await fairlead?.stop();
    });

    it('reports what a registered cluster is, and that the shipped manifest lacks nothing', () => {
      for (const { state, problem, facts } of registered.values()) {
        expect({ state, problem }).toEqual({ state: 'ready', problem: undefined });
        expect(facts).toMatchObject({ missingPermissions: [], simulated: false });
        expect(facts.version).toMatch(/^\d+\.\d+\.\d+/);
        expect(facts.nodes.length).toBeGreaterThan(0);
      }
    });

    it.each(administrators)(
      'previews a plan for $name from what was observed, and writes nothing',
      async (administrator) => {
        const clusterId = registered.get(administrator.name).id;
        const nodes = await administrator.nodes();
        const before = await Promise.all(
          nodes.map((node) => administrator.hostKey(node, somaxconn)),
        );
        const api = apis['rest'] as Api;

        await api.call('observeCluster', { clusterId });
        await until(async () => (await preview(api)) !== null, 60);

        const [overRest, overGrpc] = [await preview(api), await preview(apis['grpc'] as Api)];
        expect(overRest.planHash).toBe(overGrpc.planHash);
        expect(overRest.plan.refusals).toEqual([]);
        expect(overRest.plan.blastRadius.nodesWritten).toEqual(nodes);
        expect(
          await Promise.all(nodes.map((node) => administrator.hostKey(node, somaxconn))),
        ).toEqual(before);
        await administrator.untilNothingIsLeft();

        function preview(by: Api): Promise<any> {
          return by.call('previewPlan', { clusterId, settings }).catch((error: unknown) => {
            if (error instanceof ApiProblem && error.code === 'cluster-not-observed') return null;
            throw error;
          });
        }
      },
    );

    describe.each(['rest', 'grpc'])('over %s', (transport) => {
      it.each(administrators)('tunes and takes back every node of $name', async (administrator) => {
        const api = apis[transport] as Api;
        const nodes = await administrator.nodes();
        const seen = async () =>
          Object.fromEntries(
            await Promise.all(
              nodes.map(async (node) => [
                node,
                [
                  await administrator.hostKey(node, somaxconn),
                  await administrator.hostKey(node, timeWait),
                ],
              ]),
            ),
          );
        const original = await seen();
        const inPods = await administrator.podKey(nodes[0] as string, somaxconn);

        const clusterId = registered.get(administrator.name).id;
        const jobId = await createJob(api, clusterId, settings, { approval: 'required' });
        const planned = await jobIn(api, jobId, ['awaiting-approval']);
        expect(await seen()).toEqual(original);
        expect(planned.plan.blastRadius.nodesWritten).toEqual(nodes);
        const [change] = planned.plan.changes.filter(({ key }: any) => key === somaxconn);
        expect(change).toMatchObject({
          kind: 'node',
          after: '16384',
          before: nodes.map((node) => ({ node, value: original[node]?.[0] })),
        });
        await api.call('approveJob', { jobId, planHash: planned.planHash });
        const job = await jobIn(api, jobId, ['succeeded']);

        expect(await seen()).toEqual(
          Object.fromEntries(nodes.map((node) => [node, ['16384', '60']])),
        );
        // A host's listen backlog never reaches pods: the plan said so, and so it is.
        expect(await administrator.podKey(nodes[0] as string, somaxconn)).toBe(inPods);
        expect(planned.plan.warnings.map(({ code }: any) => code)).toContain('limited-reach');
        await samplesAreStored(api, jobId);
        await administrator.untilNothingIsLeft();

        expect((await undo(api, jobId)).state).toBe('reverted');
        expect(await seen()).toEqual(original);
        await administrator.untilNothingIsLeft();
        await auditTellsAll(api, job);
      });
    });

    it('says per node what cannot be written, before anything is', async () => {
      const administrator = administrators.find(({ name }) => name === 'lab') ?? administrators[0];
      if (administrator === undefined) return;
      const api = apis['rest'] as Api;
      const clusterId = registered.get(administrator.name).id;
      const wide = { sysctl: { host: { 'net.core.rmem_max': { value: 16_777_216 } } } };

      const job = await jobIn(api, await createJob(api, clusterId, wide), ['refused', 'succeeded']);

      // In a node that is a network namespace of another machine the key is read-only.
      if (administrator.name !== 'lab') return;
      expect(job.state).toBe('refused');
      expect(job.plan.changes).toEqual([]);
      expect(job.plan.refusals).toMatchObject([{ code: 'key-read-only', nodes: ['lab-n2'] }]);

      const skipping = { sysctl: { ...wide.sysctl, unsupportedNodes: 'skip' } };
      const skipped = await jobIn(api, await createJob(api, clusterId, skipping), ['succeeded']);
      expect(skipped.plan.blastRadius.nodesWritten).toEqual(['lab-n1']);
      expect(await administrator.hostKey('lab-n1', 'net.core.rmem_max')).toBe('16777216');
      expect((await undo(api, skipped.id)).state).toBe('reverted');
    });

    it('stops an undo where somebody else changed a key, and shows the difference', async () => {
      const [administrator] = administrators;
      if (administrator === undefined) return;
      const api = apis['rest'] as Api;
      const [node = ''] = await administrator.nodes();
      const original = await administrator.hostKey(node, somaxconn);
      const clusterId = registered.get(administrator.name).id;
      const jobId = await createJob(api, clusterId, { sysctl: settings.sysctl });
      await jobIn(api, jobId, ['succeeded']);

      await administrator.setHostKey(node, somaxconn, '9999');
      const stopped = await undo(api, jobId);

      expect(stopped.state).toBe('revert-failed');
      expect(stopped.problem.differences).toEqual([
        expect.objectContaining({ before: original, written: '16384', now: '9999' }),
      ]);
      expect(await administrator.hostKey(node, somaxconn)).toBe('9999');

      expect((await undo(api, jobId, 'overwrite')).state).toBe('reverted');
      expect(await administrator.hostKey(node, somaxconn)).toBe(original);
    });

    it('takes everything back when a job is cancelled after it has written', async () => {
      const [administrator] = administrators;
      if (administrator === undefined) return;
      const api = apis['rest'] as Api;
      const [node = ''] = await administrator.nodes();
      const original = await administrator.hostKey(node, somaxconn);
      const clusterId = registered.get(administrator.name).id;
      const measuring = { ...quick, settleSeconds: 300 };
      const jobId = await createJob(api, clusterId, { sysctl: settings.sysctl }, { measuring });
      await jobIn(api, jobId, ['settling']);
      expect(await administrator.hostKey(node, somaxconn)).toBe('16384');

      await api.call('cancelJob', { jobId });
      const job = await jobIn(api, jobId, ['cancelled']);

      expect(job.reversal).toMatchObject({ reason: 'cancelled' });
      expect(await administrator.hostKey(node, somaxconn)).toBe(original);
      await administrator.untilNothingIsLeft();
    });

    it('streams every event of a job to its end, and verifies the chain', async () => {
      const [administrator] = administrators;
      if (administrator === undefined) return;
      const clusterId = registered.get(administrator.name).id;
      const jobId = await createJob(apis['rest'] as Api, clusterId, { sysctl: settings.sysctl });

      const told: Record<string, string[]> = {};
      for (const api of Object.values(apis)) {
        const types: string[] = [];
        for await (const event of api.watch('watchJob', { jobId })) types.push(event.type);
        told[api.transport] = types;
      }

      expect(told['grpc']).toEqual(told['rest']);
      expect(told['rest']).toContain('change.intended');
      expect(told['rest']?.at(-1)).toBe('watch.ended');
      expect((await undo(apis['rest'] as Api, jobId)).state).toBe('reverted');
      expect(await apis['rest']?.call('verifyAuditChain', {})).toMatchObject({ intact: true });
    });
  },
);

async function samplesAreStored(api: Api, jobId: string): Promise<void> {
  const { measurements, verdict } = await api.call('getMeasurements', { jobId });
  expect(verdict).toBe('not-judged');
  const connects = measurements.filter(({ probe }: any) => probe === 'tcp-crr.cluster-ip');
  expect(connects.length).toBeGreaterThan(0);
  for (const { before, after, unit } of connects) {
    expect(unit).toBe('milliseconds');
    expect(before.n).toBeGreaterThan(0);
    expect(after.n).toBeGreaterThan(0);
  }
  const { text } = await api.call('exportSamples', { jobId, format: 'csv' });
  expect(text.split('\n').length).toBeGreaterThan(50);
}

/** Every write to the cluster has an intent before it and a result after it. */
async function auditTellsAll(api: Api, job: any): Promise<void> {
  const { events } = await api.call('listAuditEvents', { jobId: job.id, pageSize: 500 });
  for (const { id } of job.plan.changes) {
    const types = events
      .filter(({ data }: any) => data.changeId === id)
      .map(({ type }: any) => type);
    expect(types).toEqual([
      'change.intended',
      'change.applied',
      'change.undo-intended',
      'change.undone',
    ]);
  }
  expect((await api.call('verifyAuditChain', {})).intact).toBe(true);
}
