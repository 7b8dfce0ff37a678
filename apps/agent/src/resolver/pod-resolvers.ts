import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentAnswer } from '@fairlead/core';
import { allProcessesOf } from '../pods.js';
import { parseResolvConf } from './resolv-conf.js';

type PodResolver = AgentAnswer<'read-pod-resolvers'>['pods'][number];

const bytesAtMost = 65_536;
/** A pod's processes share the file; they are many only where a container forks, and those share its C library. */
const processesAtMost = 16;

/**
 * Reads the resolv.conf that running pods were given, as a file of their own root. Needs the host's process list
 * and the right to see other processes' files.
 *
 * @param proc  folder that shows the host's /proc
 */
export async function readPodResolvers(
  podUids: readonly string[],
  proc = '/proc',
): Promise<AgentAnswer<'read-pod-resolvers'>> {
  const processes = await allProcessesOf(podUids, proc);
  const pods: PodResolver[] = [];
  for (const podUid of podUids) {
    const pids = (processes.get(podUid) ?? []).slice(0, processesAtMost);
    pods.push(await readPod(podUid, pids, proc));
  }
  return { pods };
}

async function readPod(
  podUid: string,
  pids: readonly string[],
  proc: string,
): Promise<PodResolver> {
  let resolver: PodResolver['resolver'] = null;
  let isMusl = false;
  for (const pid of pids) {
    const root = join(proc, pid, 'root');
    const text = resolver === null ? await fileOf(root, 'etc', 'resolv.conf') : null;
    if (text !== null) resolver = parseResolvConf(text);
    isMusl ||= await hasMusl(root);
  }
  const libc = isMusl ? 'musl' : 'other';
  return { podUid, resolver, libc: pids.length === 0 ? null : libc };
}

/** Null for what is no plain file in a plain folder: a link in a container's root leads out of it. */
async function fileOf(root: string, folder: string, name: string): Promise<string | null> {
  try {
    if (!(await lstat(join(root, folder))).isDirectory()) return null;
    const file = await open(join(root, folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      if (!(await file.stat()).isFile()) return null;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(bytesAtMost), 0, bytesAtMost, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

async function hasMusl(root: string): Promise<boolean> {
  const names = await readdir(join(root, 'lib')).catch(() => []);
  return names.some((name) => name.startsWith('ld-musl-'));
}
