import { readFile } from 'node:fs/promises';
import { conditions } from './support/conditions.ts';
import { printTable } from './support/print-table.ts';
import './support/source-modules.ts';
import { middle, spread } from './support/spread.ts';

const { Administrator, until } = await import('../e2e/support/administrator.ts');
const { restApi } = await import('../e2e/support/api.ts');
const { startInstallation } = await import('../e2e/support/fairlead.ts');
const { createJob, jobIn, registerCluster, undo } = await import('../e2e/support/jobs.ts');
const { ProxyEyes } = await import('../e2e/support/proxy-eyes.ts');
const { ServiceTraffic } = await import('../e2e/support/service-traffic.ts');

const [kubeconfig] = (process.env['FAIRLEAD_E2E_KUBECONFIGS'] ?? '').split(',');
if (kubeconfig === undefined || kubeconfig === '') {
  console.log(
    'proxy-switch: not available here (set FAIRLEAD_E2E_KUBECONFIGS to a disposable cluster)',
  );
  process.exit(0);
}
const rounds = Number(process.env['FAIRLEAD_BENCH_ROUNDS'] ?? 3);
const settings = { 'kube-proxy': { mode: 'nftables' } };
/** After a switch, for what was under way at its end to be seen. */
const afterwardsMilliseconds = 3000;

const cluster = { name: 'bench', adminKubeconfig: await readFile(kubeconfig, 'utf8') };
const administrator = new Administrator(cluster);
const eyes = new ProxyEyes(administrator);
const traffic = new ServiceTraffic(administrator);
const under = conditions('nothing: a real cluster');
const fairlead = await startInstallation();

interface Seen {
  readonly failed: number;
  readonly requests: number;
  readonly slowest: number;
}
const seen = { restart: [] as Seen[], there: [] as Seen[], back: [] as Seen[] };
try {
  fairlead.startWorker();
  const api = restApi(fairlead.http, fairlead.adminKey);
  const own = await administrator.installFairlead();
  await administrator.startObservers();
  const { id } = await registerCluster(api, cluster.name, own);
  await traffic.start();
  for (let round = 0; round < rounds; round += 1) {
    seen.restart.push(await during(restartOneByOne));
    let jobId = '';
    seen.there.push(
      await during(async () => {
        jobId = await createJob(api, id, settings);
        await jobIn(api, jobId, ['succeeded'], 600);
      }),
    );
    seen.back.push(
      await during(async () => {
        const { state } = await undo(api, jobId);
        if (state !== 'reverted') throw new Error(`the undo ended as ${state}`);
      }),
    );
  }
  api.close();
} finally {
  await traffic.stop();
  await administrator.stopObservers();
  await fairlead.stop();
}

const nodes = (await administrator.nodes()).length;
const baseline = middle(seen.restart.map(({ failed }) => failed));
printTable({
  title: `Requests through a Service that fail while kube-proxy is replaced on ${nodes} nodes; a client on each asks every 15 ms; ${rounds} rounds, turn by turn`,
  conditions: under,
  head: ['', 'failed: median (least–most)', 'of requests', 'slowest, ms', 'times the baseline'],
  rows: [
    row('baseline: its pods ended one by one, same mode', seen.restart),
    row('iptables to nftables by a job', seen.there),
    row('and back by its undo', seen.back),
  ],
});

function row(title: string, runs: readonly Seen[]): string[] {
  const failed = runs.map((run) => run.failed);
  return [
    title,
    spread(failed),
    spread(runs.map(({ requests }) => requests)),
    spread(runs.map(({ slowest }) => slowest)),
    baseline === 0 ? 'baseline lost none' : (middle(failed) / baseline).toFixed(1),
  ];
}

async function during(what: () => Promise<void>): Promise<Seen> {
  const since = Date.now();
  await what();
  await new Promise((resolve) => setTimeout(resolve, afterwardsMilliseconds));
  const clients = await traffic.seen(since);
  return {
    failed: clients
      .flatMap(({ failed }) => Object.values(failed))
      .reduce((sum, count) => sum + count, 0),
    requests: clients.reduce((sum, { requests }) => sum + requests, 0),
    slowest: Math.max(...clients.map(({ slowestMilliseconds }) => slowestMilliseconds)),
  };
}

/** What an administrator without Fairlead does: ends a pod, waits until its successor is ready, takes the next. */
async function restartOneByOne(): Promise<void> {
  const { core } = administrator;
  for (const [node, pod] of await eyes.pods()) {
    const name = pod.metadata?.name ?? '';
    await core.deleteNamespacedPod({ namespace: 'kube-system', name });
    await until(async () => {
      const next = (await eyes.pods()).get(node);
      const isNew = next?.metadata?.uid !== pod.metadata?.uid;
      const ready = next?.status?.conditions?.find(({ type }) => type === 'Ready');
      return isNew && ready?.status === 'True';
    });
  }
}
