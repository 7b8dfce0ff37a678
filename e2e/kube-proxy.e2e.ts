import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Administrator, until } from './support/administrator.js';
import { restApi, type Api } from './support/api.js';
import { startInstallation, type Installation } from './support/fairlead.js';
import { createJob, ended, jobIn, registerCluster, undo } from './support/jobs.js';
import { ProxyEyes, type SeenRules } from './support/proxy-eyes.js';
import { ServiceTraffic } from './support/service-traffic.js';

const [cluster] = inject('clusters');
const toNftables = { 'kube-proxy': { mode: 'nftables', secondsPerNode: 120 } };
/** After a switch, for what was under way at its end to be seen. */
const afterwards = 3000;

describe.skipIf(cluster === undefined)(
  `kube-proxy's mode on a real cluster${inject('missing')}`,
  () => {
    let fairlead: Installation;
    let api: Api;
    let administrator: Administrator;
    let eyes: ProxyEyes;
    let traffic: ServiceTraffic;
    let clusterId: string;
    let nodes: string[];

    beforeAll(async () => {
      if (cluster === undefined) return;
      administrator = new Administrator(cluster);
      eyes = new ProxyEyes(administrator);
      traffic = new ServiceTraffic(administrator);
      fairlead = await startInstallation();
      fairlead.startWorker();
      api = restApi(fairlead.http, fairlead.adminKey);
      const kubeconfig = await administrator.installFairlead();
      await administrator.startObservers();
      nodes = await administrator.nodes();
      clusterId = (await registerCluster(api, administrator.name, kubeconfig)).id;
      expect(await eyes.modes()).toEqual(onEach('iptables'));
      await traffic.start();
    });

    afterAll(async () => {
      api?.close();
      await traffic?.stop();
      await administrator?.stopObservers();
      await fairlead?.stop();
    });

    function onEach<T>(what: T): Record<string, T> {
      return Object.fromEntries(nodes.map((node) => [node, what]));
    }

    /** Prints what the clients saw during a switch: each request that failed counts. */
    async function tellTraffic(what: string, since: number): Promise<number> {
      await new Promise((resolve) => setTimeout(resolve, afterwards));
      const seen = await traffic.seen(since);
      const seconds = Math.round((Date.now() - since) / 1000);
      console.log(`${what}, ${seconds} s: ${JSON.stringify(seen)}`);
      return seen
        .flatMap(({ failed }) => Object.values(failed))
        .reduce((sum, count) => sum + count, 0);
    }

    const isIptables = expect.objectContaining({
      nftTables: [],
      ipvsInterface: false,
    }) as SeenRules;

    it('goes from iptables to nftables and back to the byte, while Service traffic flows', async () => {
      const original = await eyes.configuration();
      const pods = await eyes.uids();
      const strategy = (await eyes.daemonSet()).spec?.updateStrategy;
      const rulesBefore = await eyes.rules();
      expect(rulesBefore).toEqual(onEach(isIptables));

      let since = Date.now();
      const jobId = await createJob(api, clusterId, toNftables);
      const job = await jobIn(api, jobId, ['succeeded']);
      const lostThere = await tellTraffic('iptables to nftables', since);

      expect(job.plan.blastRadius).toMatchObject({ podsRestarted: nodes.length });
      expect(await eyes.modes()).toEqual(onEach('nftables'));
      for (const rules of Object.values(await eyes.rules())) {
        expect(rules).toMatchObject({
          iptablesServices: 0,
          virtualServers: 0,
          ipvsInterface: false,
        });
        expect(rules.nftTables).toContain('table ip kube-proxy');
      }
      const switched = await eyes.uids();
      for (const node of nodes) expect(switched[node]).not.toBe(pods[node]);

      since = Date.now();
      expect((await undo(api, jobId)).state).toBe('reverted');
      const lostBack = await tellTraffic('nftables to iptables, by undo', since);

      expect(await eyes.configuration()).toEqual(original);
      expect((await eyes.daemonSet()).spec?.updateStrategy).toEqual(strategy);
      expect(await eyes.modes()).toEqual(onEach('iptables'));
      const rulesAfter = await eyes.rules();
      expect(rulesAfter).toEqual(onEach(isIptables));
      for (const node of nodes) {
        expect(rulesAfter[node]?.iptablesServices).toBe(rulesBefore[node]?.iptablesServices);
      }
      await administrator.untilNothingIsLeft();
      // What a switch costs is seconds of nothing at worst: far more than that is a fault of ours.
      expect(lostThere + lostBack).toBeLessThan(400);
    });

    it('refuses IPVS before anything is written, and names what the nodes lack', async () => {
      const original = await eyes.configuration();
      const pods = await eyes.uids();

      const jobId = await createJob(api, clusterId, { 'kube-proxy': { mode: 'ipvs' } });
      const { plan } = await jobIn(api, jobId, ['refused']);

      const refusal = plan.refusals.find(
        ({ code, message }: any) => code === 'mode-unsupported' && message.includes('ip_vs'),
      );
      expect(refusal?.nodes).toEqual(nodes);
      expect(await eyes.configuration()).toEqual(original);
      expect(await eyes.uids()).toEqual(pods);
    });

    it('goes back when kube-proxy cannot start on a later node, and leaves the cluster healthy', async () => {
      const original = await eyes.configuration();
      const pods = await eyes.uids();
      const strategy = (await eyes.daemonSet()).spec?.updateStrategy;
      const since = Date.now();

      const settings = { 'kube-proxy': { mode: 'nftables', secondsPerNode: 60 } };
      const jobId = await createJob(api, clusterId, settings);
      // The first node has its new pod; the next ones get what somebody broke meanwhile.
      await until(async () => JSON.stringify(await eyes.uids()) !== JSON.stringify(pods));
      const mend = await eyes.breakNextPods();
      await jobIn(api, jobId, ['reverting', 'reverted']).catch(() => undefined);
      await mend();
      const job = await jobIn(api, jobId, ended);
      await eyes.setStrategy(strategy);
      await tellTraffic('a switch that broke on a later node, and back', since);

      expect(job).toMatchObject({ state: 'reverted', problem: { code: 'apply-failed' } });
      expect(job.problem.message).toMatch(/was not healthy within 60 s/);
      expect(await eyes.configuration()).toEqual(original);
      expect(await eyes.modes()).toEqual(onEach('iptables'));
      expect(await eyes.rules()).toEqual(onEach(isIptables));
      await administrator.untilNothingIsLeft();
      // The DaemonSet's own controller may still roll what was broken and mended in its template.
      await until(async () => {
        const later = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 2 * afterwards));
        const clients = await traffic.seen(later);
        return clients.every(
          ({ requests, failed }) => requests > 100 && Object.keys(failed).length === 0,
        );
      });
    });
  },
);
