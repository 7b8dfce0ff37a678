import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** A disposable cluster that the tests may change, by the kubeconfig of an administrator of it. */
export interface TestCluster {
  readonly name: string;
  readonly adminKubeconfig: string;
  /** Where the DNS server beyond the cluster counts, when a lab runs one. */
  readonly upstreamMetrics?: string;
}

export interface TestClusters {
  readonly clusters: readonly TestCluster[];
  /** Why there are none, for the names of what is skipped. */
  readonly missing: string;
  /** The program of the local lab that they come from; empty where they were given. */
  readonly lab: string;
  readonly stop: () => Promise<void>;
}

export const agentImage = 'fairlead-agent:0.1.0';

/**
 * Clusters for the tests: FAIRLEAD_E2E_KUBECONFIGS names kubeconfig files, separated by commas, of
 * clusters that already hold the agent's image; or FAIRLEAD_LAB names the program of a local lab,
 * which is started here and ended again unless it was up before.
 */
export async function findClusters(env: NodeJS.ProcessEnv): Promise<TestClusters> {
  const files = env['FAIRLEAD_E2E_KUBECONFIGS']?.split(',').filter((path) => path !== '') ?? [];
  if (files.length > 0) {
    const clusters = files.map(async (path, at) => ({
      name: `given-${at + 1}`,
      adminKubeconfig: await readFile(path, 'utf8'),
    }));
    const stop = () => Promise.resolve();
    return { clusters: await Promise.all(clusters), missing: '', lab: '', stop };
  }
  const lab = env['FAIRLEAD_LAB'] ?? join(root, '../shared/lab/lab');
  if (!existsSync(lab)) return none('no cluster given: set FAIRLEAD_E2E_KUBECONFIGS');
  if (env['FAIRLEAD_LAB'] === undefined && !(await isBuilt(lab))) {
    return none('the lab is not built: build it first');
  }
  return await startLab(lab, env['FAIRLEAD_LAB_STARTED']);
}

function none(missing: string): TestClusters {
  return { clusters: [], missing, lab: '', stop: () => Promise.resolve() };
}

/** Only a built lab counts as being there: building one takes longer than all the tests. */
async function isBuilt(lab: string): Promise<boolean> {
  try {
    await exec(lab, ['build'], { timeout: 3000 });
    return true;
  } catch {
    return false;
  }
}

async function startLab(lab: string, startedFile: string | undefined): Promise<TestClusters> {
  const wanted = [
    { name: 'lab', nodes: '2' },
    { name: 'b', nodes: '1' },
  ];
  const started: string[] = [];
  const clusters: TestCluster[] = [];
  for (const { name, nodes } of wanted) {
    const isUp = (await exec(lab, ['status']).catch(() => ({ stdout: '' }))).stdout
      .split('\n')
      .some((line) => line.startsWith(`${name} `));
    if (!isUp) {
      started.push(name);
      if (startedFile !== undefined) await appendFile(startedFile, `${name}\n`);
    }
    const { stdout } = await exec(lab, ['up', name, '--nodes', nodes], { timeout: 300_000 });
    const path = stdout.trim();
    clusters.push({
      name,
      adminKubeconfig: await readFile(path, 'utf8'),
      upstreamMetrics: await upstreamOf(dirname(path)),
    });
  }
  await loadAgentImage(
    lab,
    wanted.map(({ name }) => name),
  );
  const stop = async () => {
    for (const name of started.toReversed()) await exec(lab, ['down', name], { timeout: 120_000 });
  };
  return { clusters, missing: '', lab, stop };
}

/** The lab's upstream DNS serves its counters at a port of its own for each cluster. */
async function upstreamOf(folder: string): Promise<string> {
  const text = await readFile(join(folder, 'cluster.json'), 'utf8');
  const { index } = JSON.parse(text) as { index: number };
  return `http://127.0.0.1:${9253 + index}/metrics`;
}

export async function loadAgentImage(lab: string, names: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-agent-image-'));
  try {
    const script = join(root, 'tools/agent-rootfs.mjs');
    await exec(process.execPath, [script, folder], { cwd: root, timeout: 120_000 });
    const dockerfile = await readFile(join(root, 'deploy/agent/Dockerfile'), 'utf8');
    const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
    for (const name of names) {
      const command = ['image', '--name', name, agentImage, folder, '--', ...entrypoint];
      await exec(lab, command, { timeout: 300_000 });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
