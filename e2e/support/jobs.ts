import { randomUUID } from 'node:crypto';
import { hasEnded, jobStates } from '@fairlead/core';
import type { Api } from './api.js';
import { until } from './administrator.js';

export const ended: readonly string[] = jobStates.filter(hasEnded);
export const quick = {
  rounds: 2,
  attemptsPerRound: 10,
  intervalMilliseconds: 10,
  settleSeconds: 1,
};

/** Registers a cluster and waits until a worker has looked at it. */
export async function registerCluster(api: Api, name: string, kubeconfig: string): Promise<any> {
  const { id } = await api.call('registerCluster', { name, kubeconfig, labels: { from: 'e2e' } });
  let cluster: any;
  await until(async () => {
    cluster = await api.call('getCluster', { clusterId: id });
    return cluster.state !== 'registering';
  });
  return cluster;
}

export async function createProfile(api: Api, settings: object): Promise<string> {
  const name = `e2e-${randomUUID().slice(0, 8)}`;
  return (await api.call('createProfile', { name, settings })).id;
}

/** Creates a job and gives its id. */
export async function createJob(
  api: Api,
  clusterId: string,
  settings: object,
  more: object = {},
): Promise<string> {
  const profileId = await createProfile(api, settings);
  const request = { clusterId, profileId, approval: 'not-required', measuring: quick, ...more };
  return (await api.call('createJob', request, { idempotencyKey: randomUUID() })).id;
}

/** The job once it is in one of these states. */
export async function jobIn(
  api: Api,
  jobId: string,
  states: readonly string[] = ended,
  seconds = 240,
): Promise<any> {
  let job: any;
  await until(async () => {
    job = await api.call('getJob', { jobId });
    if (ended.includes(job.state) && !states.includes(job.state)) {
      throw new Error(`job is ${job.state}: ${JSON.stringify(job.problem ?? job.plan?.refusals)}`);
    }
    return states.includes(job.state);
  }, seconds);
  return job;
}

/** Asks for an undo and waits for its end. */
export async function undo(api: Api, jobId: string, onConflict = 'stop'): Promise<any> {
  await api.call('undoJob', { jobId, onConflict });
  let job: any;
  await until(async () => {
    job = await api.call('getJob', { jobId });
    return ['reverted', 'revert-failed'].includes(job.state);
  }, 240);
  return job;
}
