import { kubeTime, type Fields, type KubeObject } from '../api/kube-object.js';
import { createPod, kinds, ownedBy, setStatus, type Machinery } from './machinery.js';
import { isReady, phaseOf, specOf, type JobSpec } from './workload-types.js';

/** Reads a condition's status, if the Job has ended. */
function hasEnded(job: KubeObject): boolean {
  const conditions = (job.status?.['conditions'] ?? []) as { type?: string; status?: string }[];
  return conditions.some(
    (one) => ['Complete', 'Failed'].includes(one.type ?? '') && one.status === 'True',
  );
}

/** One pod per Job: parallelism and indexes are not modelled. */
export function reconcileJob(machinery: Machinery, job: KubeObject): void {
  if (hasEnded(job) || job.metadata.deletionTimestamp !== undefined) return;
  const spec = specOf<JobSpec>(job);
  const pods = ownedBy(machinery, kinds.pod, job);
  const failed = pods.filter((pod) => phaseOf(pod) === 'Failed').length;
  const succeeded = pods.filter((pod) => phaseOf(pod) === 'Succeeded').length;
  const active = pods.filter((pod) => !['Failed', 'Succeeded'].includes(phaseOf(pod)));
  const startTime = job.status?.['startTime'] ?? kubeTime(machinery.now());

  if (succeeded > 0)
    return end(machinery, job, { startTime, succeeded }, ['Complete', 'CompletionsReached']);
  if (failed > spec.backoffLimit) {
    return end(machinery, job, { startTime, failed }, ['Failed', 'BackoffLimitExceeded']);
  }
  if (isOverdue(machinery, spec, startTime)) {
    for (const pod of active) machinery.deleter.delete(kinds.pod, pod, {});
    return end(machinery, job, { startTime, failed: failed + active.length }, [
      'Failed',
      'DeadlineExceeded',
    ]);
  }
  if (job.status?.['startTime'] === undefined) watchDeadline(machinery, job, spec);
  if (active.length === 0) {
    const pod = createPod(machinery, job, spec.template, {});
    if (pod === null) return retry(machinery, job);
    active.push(pod);
  }
  setStatus(machinery, kinds.job, job, {
    startTime,
    active: active.length,
    terminating: active.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    uncountedTerminatedPods: {},
    ready: active.filter((pod) => isReady(pod)).length,
    ...(failed > 0 && { failed }),
  });
}

function isOverdue({ now }: Machinery, spec: JobSpec, startTime: unknown): boolean {
  const { activeDeadlineSeconds } = spec;
  if (activeDeadlineSeconds === undefined || typeof startTime !== 'string') return false;
  return now().getTime() - Date.parse(startTime) >= activeDeadlineSeconds * 1000;
}

function watchDeadline(machinery: Machinery, job: KubeObject, spec: JobSpec): void {
  if (spec.activeDeadlineSeconds === undefined) return;
  machinery.timers.after(spec.activeDeadlineSeconds * 1000 + 1000, () => again(machinery, job));
}

function retry(machinery: Machinery, job: KubeObject): void {
  machinery.timers.after(1000, () => again(machinery, job));
}

function again(machinery: Machinery, job: KubeObject): void {
  const now = machinery.api.store.get(kinds.job, job.metadata.namespace, job.metadata.name);
  if (now?.metadata.uid === job.metadata.uid) reconcileJob(machinery, now);
}

function end(
  machinery: Machinery,
  job: KubeObject,
  counts: Fields,
  [type, reason]: readonly [string, string],
): void {
  const time = kubeTime(machinery.now());
  const condition = {
    type,
    status: 'True',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message: reason,
  };
  setStatus(machinery, kinds.job, job, {
    ...counts,
    ...(type === 'Complete' && { completionTime: time }),
    uncountedTerminatedPods: {},
    terminating: 0,
    ready: 0,
    conditions: [condition],
  });
  const { ttlSecondsAfterFinished } = specOf<JobSpec>(job);
  if (ttlSecondsAfterFinished === undefined) return;
  machinery.timers.after(ttlSecondsAfterFinished * 1000, () => {
    const now = machinery.api.store.get(kinds.job, job.metadata.namespace, job.metadata.name);
    if (now?.metadata.uid !== job.metadata.uid) return;
    machinery.deleter.delete(kinds.job, now, { propagationPolicy: 'Foreground' });
  });
}
