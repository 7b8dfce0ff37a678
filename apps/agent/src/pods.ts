import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { KeyReading, type AgentAnswer, type ReadableKeyName } from '@fairlead/core';

type PodReading = AgentAnswer<'read-pod-keys'>['pods'][number];

const run = promisify(execFile);
/** Each look is a process of some 50 MB for a twentieth of a second, within the agent's memory limit. */
const looksAtOnce = 2;

/**
 * Reads keys inside the network namespaces of running pods: enters each with nsenter and lets this same program read
 * there. Needs the host's process list and the right to enter namespaces. A pod without a process, or that went
 * meanwhile, is not found.
 */
export async function readPodKeys(
  podUids: readonly string[],
  keys: readonly ReadableKeyName[],
): Promise<AgentAnswer<'read-pod-keys'>> {
  const processes = await processesOf(podUids, '/proc');
  const pods: PodReading[] = [];
  const left = podUids.values();
  const look = async () => {
    for (const podUid of left) pods.push(await readPod(podUid, processes.get(podUid), keys));
  };
  await Promise.all(Array.from({ length: looksAtOnce }, look));
  const place = (pod: PodReading) => podUids.indexOf(pod.podUid);
  return { pods: pods.toSorted((a, b) => place(a) - place(b)) };
}

async function readPod(
  podUid: string,
  pid: string | undefined,
  keys: readonly ReadableKeyName[],
): Promise<PodReading> {
  if (pid === undefined) return { podUid, found: false, readings: [] };
  try {
    return { podUid, found: true, readings: await readInside(pid, keys) };
  } catch (error) {
    if ((await processesOf([podUid], '/proc')).get(podUid) === pid) throw error;
    return { podUid, found: false, readings: [] };
  }
}

async function readInside(pid: string, keys: readonly string[]): Promise<KeyReading[]> {
  const self = [process.execPath, process.argv[1] ?? '', 'read-keys', ...keys];
  const { stdout } = await run('/usr/bin/nsenter', [`--net=/proc/${pid}/ns/net`, '--', ...self], {
    timeout: 10_000,
    env: {},
  });
  return z.array(KeyReading).parse(JSON.parse(stdout));
}

/**
 * A process of each pod, the first that is found.
 *
 * @param proc  folder that shows the host's /proc
 */
export async function processesOf(
  podUids: readonly string[],
  proc: string,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  for (const pid of pids.toSorted((a, b) => Number(a) - Number(b))) {
    const missing = podUids.filter((uid) => !found.has(uid));
    if (missing.length === 0) break;
    const groups = await textOf(join(proc, pid, 'cgroup'));
    const mounts = await textOf(join(proc, pid, 'mountinfo'));
    const uid = missing.find((one) => isGroupOfPod(groups, one) || isMountedForPod(mounts, one));
    if (uid !== undefined) found.set(uid, pid);
  }
  return found;
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

/** Whether control groups, v1 or v2, are of a pod: `pod<uid>` by cgroupfs, with `_` for `-` by systemd. */
export function isGroupOfPod(groups: string, podUid: string): boolean {
  return groups.includes(`pod${podUid}`) || groups.includes(`pod${podUid.replaceAll('-', '_')}`);
}

/**
 * Whether a process sees the mounts that the kubelet makes in every container of a pod: a hosts file and a file for
 * its last words. Groups tell nothing where a kubelet keeps none for pods (`cgroupsPerQOS: false`). A process in the
 * host's own mount namespace sees pods' volumes too, but none of these two.
 */
export function isMountedForPod(mountinfo: string, podUid: string): boolean {
  return mountinfo.split('\n').some((line) => {
    const [, , , root = ''] = line.split(' ');
    return (
      root.endsWith(`/pods/${podUid}/etc-hosts`) || root.includes(`/pods/${podUid}/containers/`)
    );
  });
}
