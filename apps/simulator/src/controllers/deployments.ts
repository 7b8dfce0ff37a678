import { kubeTime, type KubeObject } from '../api/kube-object.js';
import {
  createOwned,
  createPod,
  kinds,
  ownedBy,
  setStatus,
  templateHash,
  type Machinery,
} from './machinery.js';
import { isReady, specOf, type DeploymentSpec, type PodTemplate } from './workload-types.js';

const hashLabel = 'pod-template-hash';

/** New pods first, old ones end when all new ones are ready; surge and pauses are not modelled. */
export function reconcileDeployment(machinery: Machinery, deployment: KubeObject): void {
  if (deployment.metadata.deletionTimestamp !== undefined) return;
  const spec = specOf<DeploymentSpec>(deployment);
  const hash = templateHash(spec.template);
  const sets = ownedBy(machinery, kinds.replicaSet, deployment);
  const current =
    sets.find((set) => set.metadata.labels?.[hashLabel] === hash) ??
    newSet(machinery, deployment, spec, hash);
  if (current === null) return;

  const pods = livingPods(machinery, current);
  for (let missing = spec.replicas - pods.length; missing > 0; missing -= 1)
    addPod(machinery, current, spec.template, hash);
  for (const pod of pods.slice(spec.replicas)) machinery.deleter.delete(kinds.pod, pod, {});

  const old = sets.filter((set) => set !== current).flatMap((set) => livingPods(machinery, set));
  const ready = pods.filter((pod) => isReady(pod)).length;
  if (ready >= spec.replicas) for (const pod of old) machinery.deleter.delete(kinds.pod, pod, {});
  report(machinery, deployment, { current, old });
}

function livingPods(machinery: Machinery, set: KubeObject): readonly KubeObject[] {
  return ownedBy(machinery, kinds.pod, set).filter(
    (pod) => pod.metadata.deletionTimestamp === undefined,
  );
}

function newSet(
  machinery: Machinery,
  deployment: KubeObject,
  spec: DeploymentSpec,
  hash: string,
): KubeObject | null {
  const labels = { ...spec.template.metadata?.labels, [hashLabel]: hash };
  return createOwned(machinery, deployment, kinds.replicaSet, {
    name: `${deployment.metadata.name}-${hash}`,
    labels,
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: { ...spec.selector.matchLabels, [hashLabel]: hash } },
      template: { ...spec.template, metadata: { ...spec.template.metadata, labels } },
    },
  });
}

/** The scheduler: the node with the fewest pods, among those that are ready. */
function addPod(machinery: Machinery, set: KubeObject, template: PodTemplate, hash: string): void {
  const pods = machinery.api.store.list(kinds.pod);
  const load = (name: string): number =>
    pods.filter((pod) => pod.spec?.['nodeName'] === name).length;
  const [nodeName] = machinery.config.nodes
    .filter((node) => node.ready)
    .map((node) => node.name)
    .toSorted((a, b) => load(a) - load(b));
  if (nodeName !== undefined)
    createPod(machinery, set, template, { nodeName, labels: { [hashLabel]: hash } });
}

function report(
  machinery: Machinery,
  deployment: KubeObject,
  { current, old }: { readonly current: KubeObject; readonly old: readonly KubeObject[] },
): void {
  const { replicas } = specOf<DeploymentSpec>(deployment);
  const updated = livingPods(machinery, current);
  const ready = [...updated, ...old].filter((pod) => isReady(pod)).length;
  const unavailable = Math.max(0, replicas - ready);
  const before = (deployment.status?.['conditions'] ?? []) as {
    status?: string;
    lastTransitionTime?: string;
  }[];
  const status = unavailable === 0 ? 'True' : 'False';
  const since = before[0]?.status === status ? before[0].lastTransitionTime : undefined;
  const time = since ?? kubeTime(machinery.now());
  const reason = unavailable === 0 ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable';
  setStatus(machinery, kinds.deployment, deployment, {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: updated.length + old.length,
    updatedReplicas: updated.length,
    readyReplicas: ready,
    availableReplicas: ready,
    ...(unavailable > 0 && { unavailableReplicas: unavailable }),
    conditions: [
      { type: 'Available', status, reason, lastUpdateTime: time, lastTransitionTime: time },
    ],
  });
}
