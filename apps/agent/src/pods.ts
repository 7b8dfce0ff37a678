import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { KeyReading, type AgentAnswer, type ReadableKeyName } from '@fairlead/core';

const exec = promisify(execFile);

/**
 * Reads keys inside the network namespaces of running pods: enters each with nsenter and lets this same program read
 * there. Needs the host's process list and the right to enter namespaces.
 */
export async function readPodKeys(
  podUids: readonly string[],
  keys: readonly ReadableKeyName[],
): Promise<AgentAnswer<'read-pod-keys'>> {
  const processes = await processesOf(podUids);
  const pods = await Promise.all(
    podUids.map(async (podUid) => {
      const pid = processes.get(podUid);
      if (pid === undefined) return { podUid, found: false, readings: [] };
      return { podUid, found: true, readings: await readInside(pid, keys) };
    }),
  );
  return { pods };
}

async function readInside(pid: string, keys: readonly string[]): Promise<KeyReading[]> {
  const self = [process.execPath, process.argv[1] ?? '', 'read-keys', ...keys];
  const { stdout } = await exec('nsenter', [`--net=/proc/${pid}/ns/net`, '--', ...self], {
    timeout: 10_000,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
  });
  return z.array(KeyReading).parse(JSON.parse(stdout));
}

/** One process of each pod, by the pod's UID in its control group: `pod<uid>`, with `_` for `-` under systemd. */
async function processesOf(podUids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const groups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    const uid = podUids.find((candidate) => isOfPod(groups, candidate));
    if (uid !== undefined && !found.has(uid)) found.set(uid, pid);
  }
  return found;
}

export function isOfPod(groups: string, podUid: string): boolean {
  return groups.includes(`pod${podUid}`) || groups.includes(`pod${podUid.replaceAll('-', '_')}`);
}
