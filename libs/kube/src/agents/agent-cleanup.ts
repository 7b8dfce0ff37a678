import { Conflict, LeaseLost, valueAt, type Json } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { builtInPath } from '../objects/resources.js';
import { textAt } from '../objects/text-at.js';
import { labelNames } from './agent-names.js';

const doing = 'remove agents';

interface Owner {
  readonly namespace: string;
  readonly jobId: string;
  readonly fence: number;
}

const goneWithinSeconds = 90;

/**
 * Removes the agents of a job up to and including our own fence, with their Services, and waits until
 * no pod of them is left. One request when there is none.
 *
 * @throws LeaseLost  when agents of a larger fence are there: a newer worker drives the job
 * @throws Conflict   `agents-left` when pods stay, which the kubelet of a dead node causes
 */
export async function removeAgents(
  api: ApiClient,
  owner: Owner,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, jobId } = owner;
  const fences = await fencesInCluster(api, owner, signal);
  if (fences.length === 0) return;

  const labelSelector = `${labelNames.job}=${jobId},${labelNames.fence} in (${[...new Set(fences)].join(',')})`;
  const jobs = builtInPath({ apiVersion: 'batch/v1', kind: 'Job', namespace });
  const services = builtInPath({ apiVersion: 'v1', kind: 'Service', namespace });
  const query = { labelSelector, propagationPolicy: 'Background' };
  for (const path of [jobs, services]) {
    await api.call({ method: 'DELETE', path, query, onlyMetadata: true, doing }, signal);
  }
  await untilNoPods(api, namespace, labelSelector, signal);
}

/** Fences of the agents that a job has in the cluster. Throws LeaseLost when one is larger than ours. */
export async function fencesInCluster(
  api: ApiClient,
  { namespace, jobId, fence }: Owner,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const path = builtInPath({ apiVersion: 'batch/v1', kind: 'Job', namespace });
  const query = { labelSelector: `${labelNames.job}=${jobId}` };
  const { body } = await api.call(
    { method: 'GET', path, query, onlyMetadata: true, doing: 'list agents' },
    signal,
  );
  const fences = fencesOf(body);
  if (fences.every((other) => other <= fence)) return fences;
  throw new LeaseLost('Agents of a newer worker are in the cluster.');
}

function fencesOf(list: Json): readonly number[] {
  const items = valueAt(list, ['items']);
  if (!Array.isArray(items)) return [];
  return (items as readonly Json[])
    .map((job) => Number(valueAt(job, ['metadata', 'labels', labelNames.fence])))
    .filter((fence) => Number.isSafeInteger(fence));
}

async function untilNoPods(
  api: ApiClient,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<void> {
  const path = builtInPath({ apiVersion: 'v1', kind: 'Pod', namespace });
  const doing = 'see the agents end';
  const deadline = performance.now() + goneWithinSeconds * 1000;

  for (;;) {
    const { body } = await api.call(
      { method: 'GET', path, query: { labelSelector }, onlyMetadata: true, doing },
      signal,
    );
    const left = podNames(body);
    if (left.size === 0) return;
    const seconds = Math.ceil((deadline - performance.now()) / 1000);
    if (seconds <= 0) {
      throw new Conflict('agents-left', `${left.size} pods of agents do not end.`, {
        remedy: 'See whether their nodes are alive; delete the pods by force if not.',
      });
    }
    const query = {
      labelSelector,
      watch: 'true',
      resourceVersion: textAt(body, ['metadata', 'resourceVersion']),
      timeoutSeconds: String(seconds),
    };
    // A server that vanishes without a word must not hold us longer than one that answers.
    const deadlineMilliseconds = (seconds + 5) * 1000;
    const watch = {
      method: 'GET',
      path,
      query,
      onlyMetadata: true,
      deadlineMilliseconds,
      doing,
    } as const;
    for await (const event of api.stream(watch, signal)) {
      if (valueAt(event, ['type']) !== 'DELETED') continue;
      left.delete(textAt(event, ['object', 'metadata', 'name']));
      if (left.size === 0) return;
    }
  }
}

function podNames(list: Json): Set<string> {
  const items = valueAt(list, ['items']);
  const pods = Array.isArray(items) ? (items as readonly Json[]) : [];
  return new Set(pods.map((pod) => textAt(pod, ['metadata', 'name'])));
}
