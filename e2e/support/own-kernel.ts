import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Administrator, until } from './administrator.js';
import { loadAgentImage, type TestCluster } from './clusters.js';

const exec = promisify(execFile);
const name = 'own';

export interface OwnKernelCluster extends TestCluster {
  /** The node that has a kernel of its own, with ip_vs and dummy links: a fraction of a machine's speed. */
  readonly ownKernelNode: string;
  /** A network namespace of this machine, as the other clusters' nodes are. */
  readonly plainNode: string;
  readonly stop: () => Promise<void>;
}

/**
 * A cluster of two nodes, one of them a virtual machine with a kernel of its own. Its start takes four
 * minutes; one that is up already is used, and left up.
 */
export async function ownKernelCluster(lab: string): Promise<OwnKernelCluster> {
  const { stdout: list } = await exec(lab, ['status']).catch(() => ({ stdout: '' }));
  const isUp = list.split('\n').some((line) => line.startsWith(`${name} `));
  const startedFile = process.env['FAIRLEAD_LAB_STARTED'];
  if (!isUp && startedFile !== undefined) await appendFile(startedFile, `${name}\n`);
  const stop = async () => {
    if (!isUp) await exec(lab, ['down', name], { timeout: 120_000 });
  };
  try {
    const command = ['up', name, '--nodes', '1', '--uml', '1'];
    const env = { ...process.env, LD_PRELOAD: await wholeRegisters() };
    const { stdout } = await exec(lab, command, { timeout: 600_000, env });
    const cluster = { name, adminKubeconfig: await readFile(stdout.trim(), 'utf8') };
    await untilReady(new Administrator(cluster));
    await loadAgentImage(lab, [name]);
    return { ...cluster, plainNode: `${name}-n1`, ownKernelNode: `${name}-n2`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The library that lets the virtual machine run on processors with more registers than it knows. */
async function wholeRegisters(): Promise<string> {
  // Stays for as long as the machine: a guest starts new programs under it.
  const library = join(await mkdtemp(join(tmpdir(), 'fairlead-e2e-')), 'whole-registers.so');
  const source = join(import.meta.dirname, 'whole-registers.c');
  await exec('cc', ['-O2', '-shared', '-fPIC', '-o', library, source]);
  return library;
}

async function untilReady({ core }: Administrator): Promise<void> {
  await until(async () => {
    const { items } = await core.listNode();
    const ready = items.filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return ready.length === 2;
  }, 600);
}
