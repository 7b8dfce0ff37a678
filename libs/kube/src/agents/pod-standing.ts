import { valueAt, type Json, type JsonObject } from '@fairlead/core';

/** What a pod of an agent has come to. Sentences are for a person and hold no text of the server's. */
export type PodStanding =
  | { readonly is: 'running'; readonly pod: string; readonly address: string }
  | { readonly is: 'waiting'; readonly because: string }
  | { readonly is: 'failed'; readonly because: string };

/** Waiting reasons that no further waiting mends within the life of a session. */
const hopeless: Readonly<Record<string, string>> = {
  ImagePullBackOff: 'its image cannot be pulled',
  ErrImageNeverPull: 'its image is not on the node',
  InvalidImageName: "its image's name is not valid",
  CreateContainerConfigError: 'its container could not be configured',
};

export function podStanding(pod: JsonObject): PodStanding {
  const container = firstOf(valueAt(pod, ['status', 'containerStatuses']));
  const phase = valueAt(pod, ['status', 'phase']);
  if (valueAt(pod, ['metadata', 'deletionTimestamp']) !== undefined) {
    return { is: 'failed', because: 'its pod is being deleted' };
  }
  if (phase === 'Failed' || phase === 'Succeeded')
    return { is: 'failed', because: endOf(pod, container) };
  if (phase === 'Running' && valueAt(container, ['state', 'running']) !== undefined) {
    const address = valueAt(pod, ['status', 'podIP']);
    const name = valueAt(pod, ['metadata', 'name']);
    return { is: 'running', pod: text(name), address: text(address) };
  }
  const waiting = word(valueAt(container, ['state', 'waiting', 'reason']));
  const because = hopeless[waiting];
  if (because !== undefined) return { is: 'failed', because: `${because} (${waiting})` };
  return {
    is: 'waiting',
    because: waiting === '' ? 'its pod has not started' : `its pod still waits (${waiting})`,
  };
}

function endOf(pod: JsonObject, container: Json | undefined): string {
  const terminated = valueAt(container, ['state', 'terminated']);
  const code = valueAt(terminated, ['exitCode']);
  if (typeof code === 'number') {
    return `its container ended with code ${code} (${word(valueAt(terminated, ['reason'])) || 'no reason given'})`;
  }
  // The kubelet refuses pods in this way: OutOfcpu, OutOfmemory, NodeAffinity, UnexpectedAdmissionError.
  return `the kubelet refused its pod (${word(valueAt(pod, ['status', 'reason'])) || 'no reason given'})`;
}

/** Why no pod was made for a Job, out of the message of a FailedCreate event. */
export function refusedPodText(message: string): string {
  if (message.includes('violates PodSecurity')) {
    return "the namespace's Pod Security level does not allow its pod";
  }
  if (message.includes('exceeded quota')) return 'a ResourceQuota leaves no room for its pod';
  if (message.includes('serviceaccount') && message.includes('not found')) {
    return 'the ServiceAccount fairlead-agent does not exist';
  }
  if (message.includes('admission webhook')) return 'an admission webhook does not allow its pod';
  return 'the cluster does not allow its pod';
}

function firstOf(value: Json | undefined): Json | undefined {
  return Array.isArray(value) ? (value as readonly Json[])[0] : undefined;
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function word(value: Json | undefined): string {
  return typeof value === 'string' && /^[A-Za-z]{1,60}$/.test(value) ? value : '';
}
