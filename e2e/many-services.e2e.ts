import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, jobIn, registerCluster, undo } from './support/jobs.js';
import { loadServices, removeServices, syncOf, type ProxySync } from './support/many-services.js';

/** How many Services are loaded beside those that are there: 10000 takes some ten minutes more. */
const count = Number(process.env['FAIRLEAD_E2E_SERVICES'] ?? 1000);
const measuring = {
  rounds: 5,
  attemptsPerRound: 60,
  intervalMilliseconds: 20,
  // The load of a mode's first full sync lasts.
  settleSeconds: count > 2000 ? 120 : 30,
};
const [cluster] = inject('clusters');

describe.skipIf(cluster === undefined)(
  `${count} Services on a real cluster${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let api: Api;
    let administrator: Administrator;
    let clusterId: string;
    let nodes: string[];

    beforeAll(async () => {
      if (cluster === undefined) return;
      administrator = new Administrator(cluster);
      nodes = await administrator.nodes();
      await administrator.startObservers();
      await loadServices(administrator, count);
      await until(async () => {
        const pending = (await syncs()).map((sync) => sync.pending);
        return pending.every((changes) => changes === 0);
      }, 900);
      fairlead = await startInstallation();
      fairlead.startWorker();
      api = restApi(fairlead.http, fairlead.adminKey);
      const kubeconfig = await administrator.installFairlead();
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
    }, 1_800_000);

    afterAll(async () => {
      await fairlead?.stop();
      if (administrator === undefined) return;
      await removeServices(administrator);
      await administrator.stopObservers();
    }, 1_800_000);

    const syncs = (): Promise<ProxySync[]> =>
      Promise.all(nodes.map((node) => syncOf(administrator, node)));
    const configMap = async () =>
      (
        await administrator.read<any>({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: 'kube-system',
          name: 'kube-proxy',
        })
      )?.data;

    it('switches to nftables and back, and tells sync time and first packets of both', async () => {
      const original = await configMap();
      const before = await syncs();
      expect(before.map(({ mode }) => mode)).toEqual(nodes.map(() => 'iptables'));

      const settings = { 'kube-proxy': { mode: 'nftables', secondsPerNode: 600 } };
      const jobId = await createJob(api, clusterId, settings, { measuring });
      const job = await jobIn(api, jobId, ['succeeded'], 3600);

      const after = await syncs();
      expect(after.map(({ mode }) => mode)).toEqual(nodes.map(() => 'nftables'));
      const isFew = job.plan.warnings.some(({ code }: any) => code === 'few-services');
      expect(isFew).toBe(count + 3 < 1000);
      const { measurements } = await api.call('getMeasurements', { jobId });
      tell(measurements, before, after);

      expect((await undo(api, jobId)).state).toBe('reverted');
      expect((await syncs()).map(({ mode }) => mode)).toEqual(nodes.map(() => 'iptables'));
      expect(await configMap()).toEqual(original);
      await administrator.untilNothingIsLeft();
    }, 7_200_000);

    function tell(measurements: any[], before: ProxySync[], after: ProxySync[]): void {
      const lines = [`${count} Services, iptables → nftables:`];
      for (const { probe, node, peer, before: old, after: now } of measurements) {
        if (!String(probe).startsWith('tcp-crr')) continue;
        lines.push(`${probe} ${node} → ${peer ?? ''}: ${text(old)} → ${text(now)}`);
      }
      for (const [at, node] of nodes.entries()) {
        lines.push(
          `sync on ${node}: mean ${before[at]?.meanMilliseconds.toFixed(0)} ms of ${before[at]?.count} → ${after[at]?.meanMilliseconds.toFixed(0)} ms of ${after[at]?.count}`,
        );
      }
      console.log(lines.join('\n'));
    }
  },
);

function text(side: Record<string, unknown> | undefined): string {
  return side === undefined ? 'none' : JSON.stringify(side);
}
