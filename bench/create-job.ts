import { randomUUID } from 'node:crypto';
import { conditions } from './support/conditions.ts';
import { startDatabase, startGateway, type BenchGateway } from './support/fairlead.ts';
import { someKubeconfig } from './support/kubeconfig.ts';
import { Client, closedLoop, openLoop, type Target } from './support/load.ts';
import { printTable } from './support/print-table.ts';
import { freePort, startProgram, untilAnswers } from './support/programs.ts';
import { middle, quantileOf, ratios, spread } from './support/spread.ts';

const runs = 5;
const perSecond = 200;
const offeredSeconds = 5;
const closedSeconds = 4;
const inFlight = 16;

interface Figures {
  readonly p50: number[];
  readonly p99: number[];
  readonly rate: number[];
}

const under = conditions('nothing; no worker takes the jobs');
const database = await startDatabase();
const gateway = await startGateway(database.url);
const barePort = await freePort();
const bareServer = startProgram('bench/support/bare-insert-server.ts', {
  BENCH_PORT: String(barePort),
  BENCH_DATABASE_URL: database.url,
});
const bareUrl = `http://127.0.0.1:${barePort}`;
await untilAnswers(`${bareUrl}/readyz`);

const body = JSON.stringify(await jobToCreate(gateway));
const jobs = new Client(createJob(gateway, body));
const bare = new Client({
  url: bareUrl,
  next: () => ({ path: '/jobs', headers: { 'content-type': 'application/json' }, body }),
});
const measured = { jobs: figures(), bare: figures() };

// One of each unmeasured, for caches and compilers; then turn by turn, so that both share every mood.
for (const client of [jobs, bare]) await closedLoop(client, inFlight, 3);
for (let run = 0; run < runs; run += 1) {
  await measure(jobs, measured.jobs);
  await measure(bare, measured.bare);
}

await Promise.all([jobs.close(), bare.close()]);
await bareServer.stop();
await gateway.stop();
await database.stop();

const share = ratios(measured.jobs.rate, measured.bare.rate);
printTable({
  title: `Creating jobs: ${perSecond}/s offered for ${offeredSeconds} s, and ${inFlight} in flight for ${closedSeconds} s; ${runs} runs each`,
  conditions: under,
  head: ['median (least–most)', 'createJob', 'bare insert', 'createJob / bare', 'goal'],
  rows: [
    row('p50 at 200/s, ms', 'p50', ''),
    row('p99 at 200/s, ms', 'p99', `≤ 150: ${yesNo(middle(measured.jobs.p99) <= 150)}`),
    row(`answers/s, ${inFlight} in flight`, 'rate', `≥ 0.5: ${yesNo(middle(share) >= 0.5)}`),
  ],
});

function row(title: string, of: keyof Figures, goal: string): string[] {
  const digits = of === 'rate' ? 0 : 1;
  const both = [measured.jobs[of], measured.bare[of]] as const;
  return [title, ...both.map((values) => spread(values, digits)), spread(ratios(...both), 2), goal];
}

async function measure(client: Client, into: Figures): Promise<void> {
  const latencies = await openLoop(client, perSecond, offeredSeconds);
  into.p50.push(quantileOf(latencies, 0.5));
  into.p99.push(quantileOf(latencies, 0.99));
  into.rate.push(await closedLoop(client, inFlight, closedSeconds));
}

function figures(): Figures {
  return { p50: [], p99: [], rate: [] };
}

/** What a job needs: a cluster, which nobody contacts, and a profile. */
async function jobToCreate({ call }: BenchGateway): Promise<object> {
  const kubeconfig = someKubeconfig();
  const cluster = await call('POST', '/v1/clusters', { name: 'bench', kubeconfig });
  const settings = { sysctl: { host: { 'net.core.somaxconn': { value: 16_384 } } } };
  const profile = await call('POST', '/v1/profiles', { name: 'bench', settings });
  return { clusterId: cluster['id'], profileId: profile['id'] };
}

function createJob({ url, headers }: BenchGateway, sent: string): Target {
  return {
    url,
    next: () => ({
      path: '/v1/jobs',
      headers: { ...headers, 'idempotency-key': randomUUID() },
      body: sent,
    }),
  };
}

function yesNo(met: boolean): string {
  return met ? 'met' : 'missed';
}
