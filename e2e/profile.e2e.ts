import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { V1ConfigMap } from '@kubernetes/client-node';
import { flannelRules } from '@fairlead/tuners';
import { Administrator } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { grant } from './support/grants.js';
import { createJob, jobIn, registerCluster } from './support/jobs.js';

const [cluster] = inject('clusters');
const somaxconn = 'net.core.somaxconn';
const established = 'net.netfilter.nf_conntrack_tcp_timeout_established';
const settings = {
  conntrack: { timeoutSeconds: { tcpEstablished: 7200 } },
  sysctl: { host: { [somaxconn]: { value: 16_384 } } },
  dns: { coredns: { cache: { ttlSeconds: 45 } } },
  'kube-proxy': { mode: 'nftables' },
  mtu: { podMtu: 1350 },
};
/** Where each tuner's part of the profile is written down. */
const configMaps = [
  { namespace: 'kube-system', name: 'kube-proxy' },
  { namespace: 'kube-system', name: 'coredns' },
  { namespace: 'kube-flannel', name: 'kube-flannel-cfg' },
];

describe.skipIf(cluster === undefined)(
  `one profile for several tuners on a real cluster${inject('missing')}`,
  () => {
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
      revoke = await grant(administrator, flannelRules());
      await administrator.startObservers();
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    });

    afterAll(async () => {
      api?.close();
      await revoke?.();
      await administrator?.stopObservers();
      await fairlead?.stop();
    });

    const seen = async () => {
      const texts: Record<string, unknown> = {};
      for (const { namespace, name } of configMaps) {
        const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
        texts[name] = (await administrator.read<V1ConfigMap>(ref))?.data;
      }
      for (const node of await administrator.nodes()) {
        texts[node] = [
          await administrator.hostKey(node, somaxconn),
          await administrator.hostKey(node, established),
        ];
      }
      return texts;
    };

    it('is applied in one order, measured, and taken back as a whole to the byte', async () => {
      const original = await seen();
      const jobId = await createJob(api, clusterId, settings, { approval: 'required' });
      const planned = await jobIn(api, jobId, ['awaiting-approval']);

      const tuners = [...new Set(planned.plan.changes.map(({ tuner }: any) => tuner))];
      expect(tuners).toEqual(['conntrack', 'sysctl', 'dns', 'kube-proxy', 'mtu']);
      expect(planned.plan.card).toMatch(/connections/i);
      expect(await seen()).toEqual(original);

      await api.call('approveJob', { jobId, planHash: planned.planHash });
      await jobIn(api, jobId, ['succeeded'], 600);
      const tuned: any = await seen();
      for (const node of await administrator.nodes()) {
        expect(tuned[node]).toEqual(['16384', '7200']);
      }
      expect(JSON.stringify(tuned['kube-proxy'])).toContain('nftables');
      expect(JSON.stringify(tuned['coredns'])).toMatch(/cache 45/);
      expect(JSON.stringify(tuned['kube-flannel-cfg'])).toContain('1400');

      await api.call('undoJob', { jobId, onConflict: 'stop' });
      await jobIn(api, jobId, ['reverted'], 600);
      expect(await seen()).toEqual(original);
      await administrator.untilNothingIsLeft();
      expect(await api.call('verifyAuditChain', {})).toMatchObject({ intact: true });
    });
  },
);
