import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { nodeCacheName } from '@fairlead/core';
import { ndotsPolicyRules, ndotsWorkloadRules } from '@fairlead/tuners';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { askedOfCoreDns, askedOfUpstream } from './support/dns-counts.js';
import {
  asker,
  client,
  namespace,
  pod,
  testNamespace,
  trackingSkipper,
} from './support/dns-workloads.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';
import { grant } from './support/grants.js';

const [cluster] = inject('clusters');
const name = 'client';
const deploymentRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name };

describe.skipIf(cluster === undefined)(`DNS on a real cluster${inject('missing')}`, () => {
  let fairlead: Installation;
  let api: Api;
  let administrator: Administrator;
  let clusterId: string;
  let revoke: () => Promise<void>;

  beforeAll(async () => {
    if (cluster === undefined) return;
    fairlead = await startInstallation();
    fairlead.startWorker();
    api = restApi(fairlead.http, fairlead.adminKey);
    administrator = new Administrator(cluster);
    const kubeconfig = await administrator.installFairlead();
    await administrator.apply(testNamespace);
    revoke = await grant(administrator, [...ndotsWorkloadRules(namespace), ...ndotsPolicyRules]);
    clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
  });

  afterAll(async () => {
    await revoke?.();
    await administrator?.remove(testNamespace);
    await fairlead?.stop();
  });

  const read = (ref: any) => administrator.read<any>(ref);
  const resolvConf = (podName: string) =>
    administrator.run(namespace, podName, ['cat', '/etc/resolv.conf']);

  async function podOf(app: string): Promise<string> {
    let found: string[] = [];
    await until(async () => {
      const { items } = await administrator.core.listNamespacedPod({
        namespace,
        labelSelector: `app=${app}`,
      });
      found = items
        .filter(
          ({ status, metadata }) => status?.phase === 'Running' && !metadata?.deletionTimestamp,
        )
        .flatMap(({ metadata }) => metadata?.name ?? []);
      return found.length === 1;
    });
    return found[0] as string;
  }

  async function untilRuns(podName: string): Promise<void> {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: podName };
    await until(async () => (await read(ref))?.status?.phase === 'Running');
  }

  /** One lookup, by the C library, of an outside name that nobody has asked for: the least of three tries. */
  async function costOfLookup(): Promise<{ coreDns: number; upstream: number | null }> {
    const inPod = await podOf(name);
    const costs: { coreDns: number; upstream: number | null }[] = [];
    for (let at = 0; at < 3; at += 1) {
      const host = `api-${randomBytes(4).toString('hex')}.example.com`;
      const before = [
        await askedOfCoreDns(administrator),
        await askedOfUpstream(cluster?.upstreamMetrics),
      ];
      await administrator
        .run(namespace, inPod, ['ping', '-c', '1', '-W', '1', host])
        .catch(() => undefined);
      const after = [
        await askedOfCoreDns(administrator),
        await askedOfUpstream(cluster?.upstreamMetrics),
      ];
      costs.push({
        coreDns: (after[0] ?? 0) - (before[0] ?? 0),
        upstream: after[1] == null || before[1] == null ? null : after[1] - before[1],
      });
    }
    return costs.toSorted((a, b) => a.coreDns - b.coreDns)[0] as (typeof costs)[number];
  }

  it('asks less for outside names once a workload’s ndots is lower, and as before after the undo', async () => {
    await administrator.apply(client(name));
    await podOf(name);
    const original = await read(deploymentRef);
    const before = await costOfLookup();

    const workload = { namespace, kind: 'Deployment', name, ndots: 2 };
    const jobId = await createJob(api, clusterId, { dns: { ndots: { workloads: [workload] } } });
    const job = await jobIn(api, jobId, ['succeeded']);

    expect(await resolvConf(await podOf(name))).toContain('ndots:2');
    expect(job.plan.blastRadius.podsRestarted).toBe(1);
    const after = await costOfLookup();
    console.log(
      'Questions for one outside name at ndots 5, then 2:',
      JSON.stringify([before, after]),
    );
    expect([before.coreDns, after.coreDns]).toEqual([10, 2]);
    if (before.upstream !== null) expect([before.upstream, after.upstream]).toEqual([4, 2]);

    expect((await undo(api, jobId)).state).toBe('reverted');
    expect((await read(deploymentRef)).spec).toEqual(original.spec);
    expect(await resolvConf(await podOf(name))).toContain('ndots:5');
  });

  it('gives new pods of a namespace their ndots by an admission policy, until the undo', async () => {
    await administrator.apply(pod('old'));
    await untilRuns('old');
    const newPods = [{ namespaces: [namespace], ndots: 2 }];

    const jobId = await createJob(api, clusterId, { dns: { ndots: { newPods } } });
    const job = await jobIn(api, jobId, ['succeeded']);

    expect(job.plan.warnings.map(({ code }: any) => code)).toContain('new-pods-only');
    let at = 0;
    await until(async () => (await optionsOfNewPod(`new-${(at += 1)}`)).includes('ndots:2'), 30);
    expect(await resolvConf('old')).toContain('ndots:5');

    expect((await undo(api, jobId)).state).toBe('reverted');
    await until(async () => (await optionsOfNewPod(`late-${(at += 1)}`)).includes('ndots:5'), 30);
    for (const change of job.plan.changes) expect(await read(change.object)).toBeNull();

    async function optionsOfNewPod(podName: string): Promise<string> {
      await administrator.apply(pod(podName));
      await untilRuns(podName);
      return await resolvConf(podName);
    }
  });

  it('puts a cache on every node and takes it away while pods look names up every 10 ms', async () => {
    const kubeSystem = 'kube-system';
    const service = { apiVersion: 'v1', kind: 'Service', namespace: kubeSystem, name: 'kube-dns' };
    const proxy = {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      namespace: kubeSystem,
      name: 'kube-proxy',
    };
    const address: string = (await read(service)).spec.clusterIP;
    const { image } = (await read(proxy)).spec.template.spec.containers[0];
    const nodes = await administrator.nodes();
    await administrator.apply(trackingSkipper(address, image));
    for (const node of nodes) {
      await administrator.apply(asker(node));
      await untilRuns(`asker-${node}`);
    }
    await administrator.apply(pod('looker'));
    const given = process.env['FAIRLEAD_E2E_NODE_CACHE_IMAGE'];
    const nodeLocal = given === undefined ? {} : { image: given };
    await untilRuns('looker');

    const jobId = await createJob(api, clusterId, { dns: { nodeLocal } });
    const job = await jobIn(api, jobId, ['succeeded']);
    const during = await untilTold();

    expect(await lookUp('looker', nodeCacheName)).toContain('127.0.0.1');
    expect((await undo(api, jobId)).state).toBe('reverted');
    const since = await untilTold();
    expect(await lookUp('looker', 'kubernetes.default.svc.cluster.local')).toContain('Address');
    expect(await lookUp('looker', nodeCacheName)).not.toContain('127.0.0.1');
    for (const change of job.plan.changes)
      expect(await read(change.object ?? service)).toEqual(
        change.object === undefined ? expect.anything() : null,
      );

    console.log('Lookups each 10 ms, in and out of the cache:', JSON.stringify({ during, since }));
    for (const [node, { sent, answered, failed }] of Object.entries(since)) {
      expect(sent - answered - failed.length, node).toBeLessThan(120);
      // Taking over loses nothing; what a cache without iptables loses when it goes is over in half a second.
      expect(during[node]?.failed, node).toEqual([]);
      expect(failed.length, `${node}: ${JSON.stringify(failed)}`).toBeLessThan(50);
    }

    /** What each asker has counted, once it has told anew. */
    async function untilTold(): Promise<
      Record<string, { sent: number; answered: number; failed: unknown[] }>
    > {
      await new Promise((resolve) => setTimeout(resolve, 2500));
      const told = nodes.map(async (node) => {
        const log = await administrator.core.readNamespacedPodLog({
          namespace,
          name: `asker-${node}`,
          tailLines: 1,
        });
        return [node, JSON.parse(log)] as const;
      });
      return Object.fromEntries(await Promise.all(told));
    }

    async function lookUp(inPod: string, host: string): Promise<string> {
      const command = ['sh', '-c', `nslookup ${host}. ${address} || true`];
      return await administrator.run(namespace, inPod, command);
    }
  });
});
