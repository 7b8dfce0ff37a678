import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { KeyReading, LinkReading, type AgentAnswer, type ReadableKeyName } from '@fairlead/core';

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
  const looks = await lookInside(podUids, ['read-keys', ...keys], z.array(KeyReading));
  const pods = looks.map(({ podUid, seen }) => ({
    podUid,
    found: seen !== null,
    readings: seen ?? [],
  }));
  return { pods };
}

/** The links inside the network namespaces of running pods, looked at in the same way. */
export async function readPodLinks(
  podUids: readonly string[],
): Promise<AgentAnswer<'read-pod-links'>> {
  const looks = await lookInside(podUids, ['read-links'], z.array(LinkReading));
  const pods = looks.map(({ podUid, seen }) => ({
    podUid,
    found: seen !== null,
    links: seen ?? [],
  }));
  return { pods };
}

interface Look<T> {
  readonly podUid: string;
  /** Null when the pod has no process, or none any more. */
  readonly seen: T | null;
}

/** Runs this program with a command in each pod's network namespace; one look for each pod, in their order. */
async function lookInside<T>(
  podUids: readonly string[],
  command: readonly string[],
  schema: z.ZodType<T>,
): Promise<Look<T>[]> {
  const processes = await processesOf(podUids, '/proc');
  const looks: Look<T>[] = [];
  const left = podUids.values();
  const work = async () => {
    for (const podUid of left) {
      looks.push(await look(podUid, processes.get(podUid), command, schema));
    }
  };
  await Promise.all(Array.from({ length: looksAtOnce }, work));
  const place = ({ podUid }: Look<T>) => podUids.indexOf(podUid);
  return looks.toSorted((a, b) => place(a) - place(b));
}

async function look<T>(
  podUid: string,
  pid: string | undefined,
  command: readonly string[],
  schema: z.ZodType<T>,
): Promise<Look<T>> {
  if (pid === undefined) return { podUid, seen: null };
  try {
    const self = [process.execPath, process.argv[1] ?? '', ...command];
    const enter = [`--net=/proc/${pid}/ns/net`, '--', ...self];
    const { stdout } = await run('/usr/bin/nsenter', enter, { timeout: 10_000, env: {} });
    return { podUid, seen: schema.parse(JSON.parse(stdout)) };
  } catch (error) {
    if ((await processesOf([podUid], '/proc')).get(podUid) === pid) throw error;
    return { podUid, seen: null };
  }
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
