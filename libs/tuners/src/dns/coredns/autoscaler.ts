import { sameJson, type JsonObject, type ObjectRef, type PlanDraft } from '@fairlead/core';
import { listed } from '../../by-text.js';
import type { CoreDnsDeployment, OwnScaler } from './observation.js';
import type { AutoscalerSettings } from './settings.js';

export const ownScalerName = 'fairlead-coredns';

const scalerRef: ObjectRef = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  namespace: 'kube-system',
  name: ownScalerName,
};
const createId = 'dns/coredns.autoscaler';
/** An HPA looks every 15 s and metrics of new pods take up to a minute. */
const activeWithinSeconds = 180;

export interface AutoscalerContext {
  readonly allowDecrease: boolean;
  /** Whether a pod that stops still answers for some seconds. */
  readonly staysForAWhile: boolean;
}

/**
 * An HPA of ours, where nothing else sets the number of pods. The number that stands now is kept beside
 * it: an HPA leaves behind whatever it set last, so an undo removes it and then puts the number back
 * (domain.md 4.4, 8.2).
 */
export function planAutoscaler(
  plan: PlanDraft,
  asked: AutoscalerSettings,
  { allowDecrease, staysForAWhile }: AutoscalerContext,
  observed: CoreDnsDeployment,
): void {
  const { minReplicas, maxReplicas, cpuPercent } = asked;
  if (sameJson(observed.ownScaler, { minReplicas, maxReplicas, cpuPercent })) return;
  tellObstacles(plan, asked, observed);
  tellDecrease(plan, asked, allowDecrease, observed);
  if (!observed.hasDisruptionBudget) {
    plan.warn(
      'no-disruption-budget',
      'No PodDisruptionBudget covers CoreDNS: draining nodes may take all of its pods at once, however many the HPA keeps.',
    );
  }
  if (!staysForAWhile) {
    plan.warn(
      'no-lameduck',
      'CoreDNS pods that an HPA takes away stop answering at once, and lookups on their way to them are lost. Ask for lameduckSeconds as well.',
    );
  }
  const before = observed.replicas;
  if (observed.ownScaler === null) {
    plan.add({
      id: 'dns/coredns.replicas',
      kind: 'edit',
      summary: `Keeps in mind that CoreDNS runs ${before} ${before === 1 ? 'pod' : 'pods'}, for when the HPA goes.`,
      object: observed.object,
      edits: [{ path: ['spec', 'replicas'], before, after: before }],
      decidedBy: createId,
    });
  }
  plan.add({
    id: createId,
    kind: 'create',
    summary: `Scales CoreDNS between ${minReplicas} and ${maxReplicas} pods, at ${cpuPercent} % of the CPU that they request.`,
    object: scalerRef,
    manifest: scalerManifest(asked, observed.object),
  });
  plan.add({
    id: 'dns/coredns.autoscaler-active',
    kind: 'await',
    summary: 'Waits until the HPA can read the CPU use and scales.',
    condition: {
      type: 'object-condition',
      object: scalerRef,
      conditionType: 'ScalingActive',
      status: 'True',
    },
    deadlineSeconds: activeWithinSeconds,
  });
}

function tellObstacles(
  plan: PlanDraft,
  asked: AutoscalerSettings,
  observed: CoreDnsDeployment,
): void {
  const patch = hpaPatch(asked);
  if (observed.owner !== null) {
    plan.refuse(
      'parameter-owned',
      `${observed.owner.name} keeps the Deployment of CoreDNS and its number of pods. ${observed.owner.advice}`,
      { patch },
    );
  }
  if (observed.scalers.length > 0) {
    const names = listed(observed.scalers.map(({ name }) => name));
    plan.refuse(
      'scaler-present',
      `${names} already sets the number of CoreDNS pods or what they request; two would undo each other’s work. Change its bounds, or remove it first.`,
      { patch },
    );
  }
  if (observed.metricsApi !== 'available') {
    const state = observed.metricsApi === 'absent' ? 'does not exist' : 'does not answer';
    plan.refuse(
      'metrics-unavailable',
      `An HPA reads CPU use from metrics.k8s.io, which ${state} in this cluster. Start metrics-server, or repair it.`,
    );
  }
  if (observed.withoutCpuRequest.length > 0) {
    plan.refuse(
      'cpu-request-absent',
      `An HPA counts CPU use in percent of what is requested, and ${listed(observed.withoutCpuRequest)} of CoreDNS requests none. Set resources.requests.cpu, 100m as kubeadm has it.`,
    );
  }
  if (observed.replicas === 0) {
    plan.refuse(
      'scaled-to-zero',
      'CoreDNS is scaled to zero, and an HPA leaves a Deployment of no pods alone. Start it first.',
    );
  }
}

/** Lowering needs to be asked for. Once our HPA is there, the number of pods is its doing. */
function tellDecrease(
  plan: PlanDraft,
  { minReplicas, maxReplicas }: AutoscalerSettings,
  allowDecrease: boolean,
  { replicas, ownScaler }: CoreDnsDeployment,
): void {
  const least: OwnScaler['minReplicas'] = ownScaler?.minReplicas ?? replicas;
  if (minReplicas >= least || allowDecrease) return;
  const now = ownScaler === null ? `${replicas} pods run` : `at least ${least} are kept`;
  plan.refuse(
    'decrease-not-allowed',
    `Now ${now}, and the HPA might go down to ${minReplicas}${maxReplicas < least ? ` and never above ${maxReplicas}` : ''}. Set minReplicas to at least ${least}, or set allowDecrease.`,
  );
}

function scalerManifest(asked: AutoscalerSettings, target: ObjectRef): JsonObject {
  const { apiVersion, kind, name, namespace } = scalerRef;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'fairlead' },
    },
    spec: {
      scaleTargetRef: { apiVersion: target.apiVersion, kind: target.kind, name: target.name },
      minReplicas: asked.minReplicas,
      maxReplicas: asked.maxReplicas,
      metrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: { type: 'Utilization', averageUtilization: asked.cpuPercent },
          },
        },
      ],
    },
  };
}

/** What was asked for, in the words that other scalers and charts have for it. */
function hpaPatch({ minReplicas, maxReplicas, cpuPercent }: AutoscalerSettings): string {
  return [
    `minReplicas: ${minReplicas}`,
    `maxReplicas: ${maxReplicas}`,
    `targetCPUUtilizationPercentage: ${cpuPercent}`,
  ].join('\n');
}
