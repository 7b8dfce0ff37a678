import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasEnded } from '@fairlead/core';
import type { Answered, Api } from './api.js';
import { fleet } from './fleet.js';

export type Cluster = Answered<'getCluster'>;
export type Job = Answered<'getJob'>;

const profileName = 'first-steps';
/** Modest on purpose: raises what is lower and leaves alone what is more. */
const settings = {
  conntrack: { maxEntries: 524_288 },
  sysctl: {
    host: {
      'net.core.netdev_max_backlog': { atLeast: 4096 },
      'net.core.somaxconn': { atLeast: 8192 },
      'net.ipv4.tcp_slow_start_after_idle': { value: 0 },
    },
  },
};
const measuring = {
  rounds: 5,
  attemptsPerRound: 20,
  intervalMilliseconds: 5,
  settleSeconds: 2,
  nodePairs: 2,
};

/** Registers the simulated clusters that are not yet, by their kubeconfigs, and waits until they were looked at. */
export async function registerFleet(api: Api, folder: string): Promise<readonly Cluster[]> {
  const { clusters: known } = await api.call('listClusters', {});
  const registered = await Promise.all(
    fleet.map(async ({ name }) => {
      const found = known.find((one) => one.name === name);
      if (found !== undefined) return found;
      const kubeconfig = await readFile(join(folder, `${name}.kubeconfig`), 'utf8');
      return await api.call(
        'registerCluster',
        { name, kubeconfig, labels: { simulated: 'true' } },
        `standalone-${name}`,
      );
    }),
  );
  return await Promise.all(registered.map(({ id }) => untilChecked(api, id)));
}

async function untilChecked(api: Api, clusterId: string): Promise<Cluster> {
  return await poll(60, `cluster ${clusterId} to be looked at`, async () => {
    const cluster = await api.call('getCluster', { clusterId });
    return cluster.state === 'registering' ? undefined : cluster;
  });
}

async function profileId(api: Api): Promise<string> {
  const { profiles } = await api.call('listProfiles', {});
  const found = profiles.find(({ name }) => name === profileName);
  if (found !== undefined) return found.id;
  const description = 'The profile of the first job on the simulated fleet.';
  const made = await api.call(
    'createProfile',
    { name: profileName, description, settings },
    'standalone-profile',
  );
  return made.id;
}

/**
 * Runs the profile on one cluster, without an approval, and waits for its end.
 *
 * @param told  called with each state that the job was seen in
 */
export async function runFirstJob(
  api: Api,
  clusterId: string,
  told: (job: Job) => void,
): Promise<Job> {
  const { id } = await api.call('createJob', {
    clusterId,
    profileId: await profileId(api),
    approval: 'not-required',
    measuring,
  });
  let last = '';
  return await poll(300, `job ${id} to end`, async () => {
    const job = await api.call('getJob', { jobId: id });
    if (job.state !== last) told(job);
    last = job.state;
    return hasEnded(job.state) ? job : undefined;
  });
}

async function poll<T>(
  seconds: number,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(250)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`Waited ${seconds} seconds for ${what}`);
}
