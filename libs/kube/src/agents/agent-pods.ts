import { AgentLost, DomainError, valueAt, type JsonObject } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { builtInPath } from '../objects/resources.js';
import { textAt } from '../objects/text-at.js';
import { uidOf } from '../objects/write-objects.js';
import { agentJob, type AgentSettings } from './agent-manifests.js';
import { agentJobName, labelNames, type AgentSeat } from './agent-names.js';
import { podStanding, refusedPodText } from './pod-standing.js';

/** A pod of an agent that runs, ready to be attached to. */
export interface AgentPod {
  readonly pod: string;
  readonly address: string;
  readonly jobUid: string;
}

interface Start {
  readonly seat: AgentSeat;
  readonly resolve: (pod: AgentPod) => void;
  readonly reject: (error: Error) => void;
  because: string;
  jobUid: string;
  isSettled: boolean;
}

/** When no pod shows for so long, the events are asked why. */
const quietSeconds = 8;

/**
 * Creates a Job for each seat and tells through one watch when its pod runs. Each promise rejects with
 * AgentLost and a sentence on why not; none outlives `deadlineSeconds`.
 */
export function startAgentPods(
  api: ApiClient,
  settings: AgentSettings,
  seats: readonly AgentSeat[],
  deadlineSeconds: number,
  signal: AbortSignal,
): ReadonlyMap<AgentSeat, Promise<AgentPod>> {
  const starts = new Map<string, Start>();
  const promises = new Map<AgentSeat, Promise<AgentPod>>();
  for (const seat of seats) {
    const { promise, resolve, reject } = Promise.withResolvers<AgentPod>();
    const start = {
      seat,
      resolve,
      reject,
      because: 'no pod was made for it',
      jobUid: '',
      isSettled: false,
    };
    starts.set(agentJobName(seat), start);
    promises.set(seat, promise);
  }
  void run(api, settings, starts, deadlineSeconds, signal);
  return promises;
}

async function run(
  api: ApiClient,
  settings: AgentSettings,
  starts: ReadonlyMap<string, Start>,
  deadlineSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const allSettled = new AbortController();
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  const until = AbortSignal.any([signal, allSettled.signal, deadline]);
  const endWhenSettled = () => {
    if ([...starts.values()].every(({ isSettled }) => isSettled)) allSettled.abort();
  };
  const quiet = setTimeout(() => {
    void explainAbsence(api, settings, starts, until).finally(endWhenSettled);
  }, quietSeconds * 1000);

  try {
    const all = [...starts.values()];
    await Promise.all(all.map((start) => createJob(api, settings, start, until)));
    endWhenSettled();
    while (!until.aborted) {
      for await (const event of api.stream(watchCall(settings, all, deadlineSeconds), until)) {
        applyEvent(starts, event as JsonObject);
        endWhenSettled();
      }
    }
  } catch (error) {
    if (!until.aborted) rejectRest(starts, error);
  } finally {
    clearTimeout(quiet);
    rejectRest(
      starts,
      signal.aborted ? new AgentLost('The agents were stopped.') : null,
      deadlineSeconds,
    );
  }
}

async function createJob(
  api: ApiClient,
  settings: AgentSettings,
  start: Start,
  signal: AbortSignal,
): Promise<void> {
  const { seat } = start;
  const kind = { apiVersion: 'batch/v1', kind: 'Job', namespace: settings.namespace };
  try {
    if (seat.start > 0) {
      const name = agentJobName({ ...seat, start: seat.start - 1 });
      const query = { propagationPolicy: 'Background' };
      const doing = 'delete the Job of a lost agent';
      await api.attempt(
        { method: 'DELETE', path: builtInPath({ ...kind, name }), query, doing },
        signal,
      );
    }
    const body = agentJob(seat, settings);
    const doing = `start an agent on ${seat.node}`;
    const answer = await api.call({ method: 'POST', path: builtInPath(kind), body, doing }, signal);
    start.jobUid = uidOf(answer.body);
  } catch (error) {
    settle(start, () =>
      start.reject(error instanceof DomainError ? error : failure(seat, 'the session ended')),
    );
  }
}

function watchCall(
  { namespace }: AgentSettings,
  [first]: readonly Start[],
  deadlineSeconds: number,
) {
  const { jobId = '', fence = 0, kind = 'host' } = first?.seat ?? {};
  return {
    method: 'GET',
    path: builtInPath({ apiVersion: 'v1', kind: 'Pod', namespace }),
    // Without a resourceVersion a watch begins with what is there already.
    query: {
      watch: 'true',
      labelSelector: `${labelNames.job}=${jobId},${labelNames.fence}=${fence},${labelNames.agent}=${kind}`,
      timeoutSeconds: String(deadlineSeconds),
    },
    doing: 'watch the pods of the agents',
  } as const;
}

function applyEvent(starts: ReadonlyMap<string, Start>, event: JsonObject): void {
  const pod = event['object'] as JsonObject | undefined;
  // Servers before 1.27 know the short label alone.
  const job = textAt(pod, ['metadata', 'labels', 'batch.kubernetes.io/job-name']);
  const start = starts.get(job === '' ? textAt(pod, ['metadata', 'labels', 'job-name']) : job);
  if (pod === undefined || start === undefined || start.isSettled) return;
  if (event['type'] === 'DELETED') {
    return settle(start, () => start.reject(failure(start.seat, 'its pod was deleted')));
  }
  const standing = podStanding(pod);
  if (standing.is === 'waiting') start.because = standing.because;
  else if (standing.is === 'failed')
    settle(start, () => start.reject(failure(start.seat, standing.because)));
  else {
    const { pod: name, address } = standing;
    settle(start, () => start.resolve({ pod: name, address, jobUid: start.jobUid }));
  }
}

/** A Job whose pod is refused looks like one that waits; only its events tell. */
async function explainAbsence(
  api: ApiClient,
  { namespace }: AgentSettings,
  starts: ReadonlyMap<string, Start>,
  signal: AbortSignal,
): Promise<void> {
  if (
    [...starts.values()].every(
      ({ isSettled, because }) => isSettled || because !== 'no pod was made for it',
    )
  )
    return;
  const query = { fieldSelector: 'involvedObject.kind=Job,reason=FailedCreate', limit: '500' };
  const path = builtInPath({ apiVersion: 'v1', kind: 'Event', namespace });
  const answer = await api
    .attempt({ method: 'GET', path, query, doing: 'list events' }, signal)
    .catch(() => null);
  if (answer === null || 'error' in answer) return;
  const events = valueAt(answer.body, ['items']);
  for (const event of Array.isArray(events) ? (events as readonly JsonObject[]) : []) {
    const start = starts.get(textAt(event, ['involvedObject', 'name']));
    if (start === undefined || start.isSettled) continue;
    const because = refusedPodText(textAt(event, ['message']));
    settle(start, () => start.reject(failure(start.seat, because)));
  }
}

function rejectRest(
  starts: ReadonlyMap<string, Start>,
  error: unknown,
  deadlineSeconds?: number,
): void {
  for (const start of starts.values()) {
    const late = failure(start.seat, `${start.because}, after ${deadlineSeconds ?? 0} s`);
    settle(start, () => start.reject(error instanceof Error ? error : late));
  }
}

function settle(start: Start, how: () => void): void {
  if (start.isSettled) return;
  start.isSettled = true;
  how();
}

function failure({ node }: AgentSeat, because: string): AgentLost {
  return new AgentLost(`The agent on ${node} could not start: ${because}.`);
}
