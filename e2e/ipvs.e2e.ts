import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster } from './support/jobs.js';
import { NodeHands } from './support/node-hands.js';
import { ownKernelCluster, type OwnKernelCluster } from './support/own-kernel.js';
import { splitProxyPools } from './support/proxy-pool.js';

const lab = inject('lab');
const missing = lab === '' ? ': not available here (no lab, whose node has ip_vs)' : '';

describe.skipIf(lab === '')(`ipvs on a node with a kernel of its own${missing}`, () => {
  let fairlead: Installation;
  let api: Api;
  let cluster: OwnKernelCluster | null = null;
  let administrator: Administrator;
  let hands: NodeHands;
  let clusterId: string;

  beforeAll(async () => {
    cluster = await ownKernelCluster(lab).catch((error: unknown) => {
      console.warn(`The virtual machine did not start here: ${String(error)}`);
      return null;
    });
    if (cluster === null) return;
    administrator = new Administrator(cluster);
    await splitProxyPools(administrator, {
      pool: cluster.ownKernelNode,
      rest: cluster.plainNode,
    });
    hands = new NodeHands(administrator, cluster.ownKernelNode);
    await hands.start(cluster.ownKernelNode);
    fairlead = await startInstallation();
    fairlead.startWorker();
    api = restApi(fairlead.http, fairlead.adminKey);
    const kubeconfig = await administrator.installFairlead();
    clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
  }, 1_200_000);

  afterAll(async () => {
    api?.close();
    await fairlead?.stop();
    await hands?.stop();
    await cluster?.stop();
  });

  const config = async () => {
    const ref = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'kube-system',
      name: 'kube-proxy',
    };
    return (await administrator.read<V1ConfigMap>(ref))?.data;
  };

  it('turns iptables into ipvs and back to the byte, and leaves nothing of either behind', async ({
    skip,
  }) => {
    skip(cluster === null, 'not available here (no virtual machine, whose kernel has ip_vs)');
    const original = await config();
    await until(async () => (await hands.olderRules()).length > 0, 120);
    expect(await hands.virtualServers()).toEqual([]);

    const settings = {
      'kube-proxy': { mode: 'ipvs', ipvs: { scheduler: 'lc' }, secondsPerNode: 600 },
    };
    const jobId = await createJob(api, clusterId, settings);
    const job = await jobIn(api, jobId, ['succeeded'], 1200);

    expect(job.plan.warnings.map(({ code }: any) => code)).toContain('mode-deprecated');
    expect((await hands.virtualServers()).length).toBeGreaterThan(0);
    expect(await hands.run('cat', '/proc/net/ip_vs')).toContain(' lc ');
    expect(await hands.hasLink('kube-ipvs0')).toBe(true);
    expect(await hands.olderRules()).toEqual([]);

    await api.call('undoJob', { jobId, onConflict: 'stop' });
    await jobIn(api, jobId, ['reverted'], 1200);

    expect(await config()).toEqual(original);
    expect(await hands.virtualServers()).toEqual([]);
    expect(await hands.hasLink('kube-ipvs0')).toBe(false);
    expect((await hands.olderRules()).length).toBeGreaterThan(0);
    await administrator.untilNothingIsLeft();
  }, 2_700_000);
});
