import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { agentEchoPort, hasEnded, type AgentOrder, type JobState } from '@fairlead/core';
import { conditions } from './support/conditions.ts';
import { secretKey, startDatabase, startGateway, type BenchGateway } from './support/fairlead.ts';
import { linesOf, nextJson } from './support/lines-of.ts';
import { printTable } from './support/print-table.ts';
import { memoryOf, root, startProgram, until, type Memory } from './support/programs.ts';
import { middle, spread } from './support/spread.ts';

const runs = 5;
const jobsAtOnce = 8;
const restSeconds = 5;
const agentGoal = 64;

const under = conditions(`${jobsAtOnce} clusters of 3 nodes, in a process that is not counted`);
const database = await startDatabase();
const gateway = await startGateway(database.url);
const fleet = startProgram(
  'bench/support/simulated-fleet.ts',
  { BENCH_CLUSTERS: String(jobsAtOnce) },
  { piped: true },
);
const clusters = (await nextJson(linesOf(fleet.child))) as { name: string; kubeconfig: string }[];

const found = {
  node: [] as Memory[],
  agent: [] as Memory[],
  workerIdle: [] as Memory[],
  workerDriving: [] as Memory[],
  gateway: [] as Memory[],
};
const clusterIds: string[] = [];
for (const { name, kubeconfig } of clusters) {
  clusterIds.push(String((await gateway.call('POST', '/v1/clusters', { name, kubeconfig }))['id']));
}
for (let run = 0; run < runs; run += 1) {
  found.node.push(await idleNode());
  found.agent.push(await agentAfterOrders());
  await measureWorker(run);
  found.gateway.push(await memoryOf(gateway.pid));
}

await fleet.stop();
await gateway.stop();
await database.stop();

const agentMost = middle(found.agent.map(({ most }) => most));
const met = agentMost <= agentGoal ? 'met' : 'missed';
printTable({
  title: `Memory, MiB; ${runs} runs, with a new worker and agent each`,
  conditions: under,
  head: ['median (least–most)', 'resident', 'at its most', 'of its own', 'goal'],
  rows: [
    row('Node with nothing to do (baseline)', found.node),
    row('agent session, after orders', found.agent, `≤ ${agentGoal}: ${met}`),
    row(`worker, ${restSeconds} s after its start`, found.workerIdle),
    row(`worker, driving ${jobsAtOnce} jobs`, found.workerDriving),
    row('gateway, after the runs', found.gateway),
  ],
});

function row(title: string, values: readonly Memory[], goal = ''): string[] {
  const of = (part: keyof Memory) => spread(values.map((memory) => memory[part]));
  return [title, of('resident'), of('most'), of('anonymous'), goal];
}

async function idleNode(): Promise<Memory> {
  const program = startProgram('bench/support/idle-program.mjs', {});
  await sleep(2000);
  const memory = await memoryOf(program.pid);
  await program.stop();
  return memory;
}

/** As in its pod: the bundle, Node's flags of the image, its protocol over pipes, a job's orders. */
async function agentAfterOrders(): Promise<Memory> {
  const args = ['session', '--mode', 'pod'];
  const env = { FAIRLEAD_NODE: 'bench' };
  const agent = startProgram('apps/agent/dist/agent.cjs', env, {
    nodeFlags: await agentNodeFlags(),
    args,
    piped: true,
  });
  const lines = linesOf(agent.child);
  const target = { address: '127.0.0.1', port: agentEchoPort };
  const pacing = { count: 500, intervalMilliseconds: 2, timeoutMilliseconds: 1000 };
  const orders: AgentOrder[] = [
    { do: 'hello' },
    { do: 'read-keys', keys: ['net.core.somaxconn', 'net.ipv4.tcp_rmem'] },
    { do: 'read-counters' },
    { do: 'probe', probe: { type: 'tcp-crr', target, payloadBytes: 64, ...pacing } },
    { do: 'probe', probe: { type: 'udp-rr', target, payloadBytes: 64, ...pacing } },
    { do: 'read-counters' },
  ];
  for (const [index, order] of orders.entries()) {
    const answered = nextJson(lines);
    agent.child.stdin?.write(`${JSON.stringify({ id: index + 1, order })}\n`);
    const reply = (await answered) as { error?: { message: string } };
    if (reply.error !== undefined) throw new Error(`${order.do}: ${reply.error.message}`);
  }
  const memory = await memoryOf(agent.pid);
  await agent.stop();
  return memory;
}

async function agentNodeFlags(): Promise<readonly string[]> {
  const dockerfile = await readFile(join(root, 'deploy/agent/Dockerfile'), 'utf8');
  const entrypoint = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]';
  return (JSON.parse(entrypoint) as string[]).filter((word) => word.startsWith('--'));
}

async function measureWorker(run: number): Promise<void> {
  const worker = startProgram('apps/worker/dist/main.js', {
    FAIRLEAD_DATABASE_URL: database.url,
    FAIRLEAD_SECRET_KEY: secretKey.toString('base64'),
    FAIRLEAD_LOG_LEVEL: 'warn',
    FAIRLEAD_ALLOWED_ADDRESSES: '127.0.0.0/8',
    FAIRLEAD_HEALTH_PORT: '0',
    FAIRLEAD_SWEEP_SECONDS: '1',
  });
  await until(() => allReady(gateway), 60, 'every cluster to be looked at');
  await sleep(restSeconds * 1000);
  found.workerIdle.push(await memoryOf(worker.pid));

  const driving: Memory[] = [];
  const jobs = await createJobs(gateway, run);
  await until(
    async () => {
      driving.push(await memoryOf(worker.pid));
      return (await Promise.all(jobs.map((id) => isDone(gateway, id)))).every(Boolean);
    },
    120,
    'the jobs to end',
  );
  found.workerDriving.push({
    resident: middle(driving.map(({ resident }) => resident)),
    anonymous: middle(driving.map(({ anonymous }) => anonymous)),
    most: (await memoryOf(worker.pid)).most,
  });
  await worker.stop();
}

async function allReady({ call }: BenchGateway): Promise<boolean> {
  const { clusters: seen } = await call('GET', '/v1/clusters');
  return (seen as { state: string }[]).every(({ state }) => state === 'ready');
}

/** Each run asks for another value: a job that finds nothing to do measures nothing either. */
async function createJobs({ call }: BenchGateway, run: number): Promise<readonly string[]> {
  const settings = {
    sysctl: { host: { 'net.core.somaxconn': { value: 16_384 + run } } },
    conntrack: { timeoutSeconds: { tcpTimeWait: 60 + run } },
  };
  const profile = await call('POST', '/v1/profiles', { name: `bench-${run}`, settings });
  const measuring = { rounds: 3, attemptsPerRound: 20, intervalMilliseconds: 5, settleSeconds: 1 };
  const asked = { profileId: profile['id'], approval: 'not-required', measuring };
  const made = await Promise.all(
    clusterIds.map((clusterId) => call('POST', '/v1/jobs', { clusterId, ...asked })),
  );
  return made.map(({ id }) => String(id));
}

async function isDone({ call }: BenchGateway, jobId: string): Promise<boolean> {
  const state = (await call('GET', `/v1/jobs/${jobId}`))['state'] as JobState;
  if (hasEnded(state) && state !== 'succeeded') throw new Error(`Job ${jobId} is ${state}`);
  return hasEnded(state);
}
