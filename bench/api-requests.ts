import type { ConnectionStats } from '@fairlead/kube';
import { startSimulator } from '@fairlead/simulator';
import { openStore } from '@fairlead/store';
import { conditions } from './support/conditions.ts';
import { secretKey, startDatabase } from './support/fairlead.ts';
import { leastRequests } from './support/least-requests.ts';
import { printTable } from './support/print-table.ts';
import { onRequest } from './support/request-log.ts';
import { requestsPerTuner } from './support/requests-per-tuner.ts';
import { settingsByTuner } from './support/settings-by-tuner.ts';
import { driveOne, measuring, registerCluster } from './support/simulated-job.ts';
import { middle, spread } from './support/spread.ts';

const runs = 5;
const nodeCount = 3;
const { sysctl, conntrack } = settingsByTuner;
const settings = { sysctl, conntrack };
const phases = ['observing', 'measuring-before', 'applying', 'measuring-after', 'leaving'] as const;
type Phase = (typeof phases)[number];
/** In which of them a job is once it has left a state; it stays where it was after any other. */
const phaseAfter: Readonly<Record<string, Phase>> = {
  observing: 'measuring-before',
  'measuring-before': 'applying',
  settling: 'measuring-after',
  'measuring-after': 'leaving',
};

interface Cost {
  /** Per kind of request and phase. */
  readonly requests: Map<string, Map<Phase, number>>;
  readonly bytesSent: Map<Phase, number>;
  readonly bytesReceived: Map<Phase, number>;
  total: ConnectionStats;
}

const under = conditions(`${nodeCount} nodes per cluster, a new cluster for each run`);
const database = await startDatabase();
const store = await openStore({
  databaseUrl: database.url,
  secretKey,
  applicationName: 'bench',
  poolSize: 4,
});
const nodes = Array.from({ length: nodeCount }, (_, index) => ({ name: `n${index + 1}` }));
const kubeProxy = { mode: 'nftables' as const, maxPerCore: 0, min: null };
const simulator = await startSimulator({
  port: 0,
  clusters: Array.from({ length: runs }, (_, run) => ({ name: `c${run}`, nodes, kubeProxy })),
});

let listen: (kind: string) => void = () => undefined;
let listenWhole: (request: string) => void = () => undefined;
onRequest(`https://127.0.0.1:${simulator.port}`, (kind, whole) => {
  listen(kind);
  listenWhole(whole);
});
const costs: Cost[] = [];
const clusterIds: string[] = [];
let changes = 0;
for (const { name, kubeconfig } of simulator.clusters) {
  const clusterId = await registerCluster(store, name, kubeconfig);
  clusterIds.push(clusterId);
  costs.push(await costOf(clusterId));
}
const perTuner = await requestsPerTuner(store, clusterIds, (listener) => (listenWhole = listener));

await simulator.close();
await store.close();
await database.stop();

const least = leastRequests(nodeCount, changes);
const kinds = [
  ...new Set([...least.keys(), ...costs.flatMap(({ requests }) => [...requests.keys()])]),
];
const leastTotal = [...least.values()].reduce((sum, count) => sum + count, 0);
const totals = costs.map(({ total }) => total.requests);
const share = middle(totals) / leastTotal;
printTable({
  title: `What one job costs a cluster's API: sysctl and conntrack, ${changes} changes, ${nodeCount} nodes, ${measuring.rounds} rounds; median of ${runs} runs`,
  conditions: under,
  head: ['request', ...phases, 'sum', 'least'],
  rows: [
    ...kinds.map((kind) => row(kind, ({ requests }) => requests.get(kind), least.get(kind) ?? 0)),
    [
      'all requests',
      ...phases.map((phase) => spread(costs.map((cost) => allIn(cost, phase)))),
      spread(totals),
      String(leastTotal),
    ],
    row('kB sent', ({ bytesSent }) => bytesSent, ''),
    row('kB received', ({ bytesReceived }) => bytesReceived, ''),
  ],
  notes: [
    `${share.toFixed(2)} times the least that can be argued for; goal ≤ 1.20: ${share <= 1.2 ? 'met' : 'missed'}.`,
  ],
});

printTable({
  title: `What one observation costs a cluster's API, by tuner alone; ${runs} runs, each on another cluster`,
  conditions: under,
  head: ['tuner', 'reads', 'each thing once (baseline)', 'reads / baseline', 'for agents', 'goal'],
  rows: perTuner,
});

function row(
  title: string,
  pick: (cost: Cost) => ReadonlyMap<Phase, number> | undefined,
  atLeast: number | '',
): string[] {
  const perPhase = phases.map((phase) => middle(costs.map((cost) => pick(cost)?.get(phase) ?? 0)));
  const sum = perPhase.reduce((so, value) => so + value, 0);
  const tell = (value: number) => (value === 0 ? '' : String(Math.round(value)));
  return [title, ...perPhase.map(tell), tell(sum), String(atLeast)];
}

function allIn({ requests }: Cost, phase: Phase): number {
  return [...requests.values()].reduce((sum, of) => sum + (of.get(phase) ?? 0), 0);
}

async function costOf(clusterId: string): Promise<Cost> {
  const none = { requests: 0, bytesSent: 0, bytesReceived: 0 };
  const cost: Cost = {
    requests: new Map(),
    bytesSent: new Map(),
    bytesReceived: new Map(),
    total: none,
  };
  let phase: Phase = 'observing';
  let seen = 0;
  const count = (kind: string, by: number) => {
    const of = cost.requests.get(kind) ?? new Map<Phase, number>();
    cost.requests.set(kind, add(of, phase, by));
  };
  listen = (kind) => {
    seen += 1;
    count(kind, 1);
  };
  const job = await driveOne(store, clusterId, settings, (state, stats) => {
    // The connection counts WebSockets too, which are the attaches to agents.
    const attaches = stats.requests - cost.total.requests - seen;
    if (attaches > 0) count('attach', attaches);
    seen = 0;
    add(cost.bytesSent, phase, (stats.bytesSent - cost.total.bytesSent) / 1000);
    add(cost.bytesReceived, phase, (stats.bytesReceived - cost.total.bytesReceived) / 1000);
    cost.total = stats;
    phase = phaseAfter[state] ?? phase;
  });
  listen = () => undefined;
  if (job.state !== 'succeeded') throw new Error(`The job is ${job.state}`);
  changes = job.changes;
  return cost;
}

function add(to: Map<Phase, number>, phase: Phase, by: number): Map<Phase, number> {
  return to.set(phase, (to.get(phase) ?? 0) + by);
}
