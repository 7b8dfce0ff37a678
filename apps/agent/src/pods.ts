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
 * The first process of each pod: its sandbox, or the first of a container where control groups do not name the pod.
 *
 * @param proc  folder that shows the host's /proc
 */
export async function processesOf(
  podUids: readonly string[],
  proc: string,
): Promise<ReadonlyMap<string, string>> {
  const all = await allProcessesOf(podUids, proc);
  return new Map([...all].flatMap(([uid, [first]]) => (first === undefined ? [] : [[uid, first]])));
}

/** Every process of each pod, by number. */
export async function allProcessesOf(
  podUids: readonly string[],
  proc: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const pids = (await readdir(proc)).filter((name) => /^\d+$/.test(name));
  for (const pid of pids.toSorted((a, b) => Number(a) - Number(b))) {
    const groups = await textOf(join(proc, pid, 'cgroup'));
    const mounts = await textOf(join(proc, pid, 'mountinfo'));
    const uid = podUids.find((pod) => isOfPod(groups, pod) || hasHostsOf(mounts, pod));
    if (uid !== undefined) found.set(uid, [...(found.get(uid) ?? []), pid]);
  }
  return found;
}

/** Empty for a process that ended meanwhile. */
function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/**
 * Whether a process sees a pod's hosts file as its own: the kubelet mounts it into every container, however control
 * groups are laid out (a kubelet with cgroupsPerQOS off names no pod there). Only this mount point counts, since a
 * container that shows the host's files has mounts of every pod elsewhere.
 */
export function hasHostsOf(mounts: string, podUid: string): boolean {
  return mounts.includes(`/pods/${podUid}/etc-hosts /etc/hosts `);
}

/** Whether control groups, v1 or v2, are of a pod: `pod<uid>` by cgroupfs, with `_` for `-` by systemd. */
export function isOfPod(groups: string, podUid: string): boolean {
  return groups.includes(`pod${podUid}`) || groups.includes(`pod${podUid.replaceAll('-', '_')}`);
}
