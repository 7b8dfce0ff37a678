import {
  objectText,
  refOf,
  valueAt,
  type ClusterReader,
  type Json,
  type SeenObject,
} from '@fairlead/core';
import { byName } from '../../by-text.js';
import { containersOf, isObject, listAt, numberAt, textAt, textsAt } from '../../json-reading.js';
import { ownScalerName } from './autoscaler.js';
import type { CoreDnsDeployment, OwnScaler, Scaler } from './observation.js';

const kubeSystem = 'kube-system';

type Scaling = Pick<
  CoreDnsDeployment,
  'scalers' | 'ownScaler' | 'metricsApi' | 'hasDisruptionBudget'
>;

/** What sets the number of pods, and what a new HPA would need. Source: domain.md 4.4. */
export async function observeScaling(
  deployment: SeenObject,
  deployments: readonly SeenObject[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<Scaling> {
  const list = (apiVersion: string, kind: string) =>
    reader.list({ apiVersion, kind, namespace: kubeSystem }, {}, signal);
  const [hpas, vpas, scaledObjects, budgets, metrics] = await Promise.all([
    list('autoscaling/v2', 'HorizontalPodAutoscaler'),
    list('autoscaling.k8s.io/v1', 'VerticalPodAutoscaler'),
    list('keda.sh/v1alpha1', 'ScaledObject'),
    list('policy/v1', 'PodDisruptionBudget'),
    reader.read(
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        name: 'v1beta1.metrics.k8s.io',
      },
      signal,
    ),
  ]);
  const { name } = deployment.metadata;
  const own = hpas.find((hpa) => isOwn(hpa));
  const named = (kind: Scaler['kind'], objects: readonly SeenObject[]): Scaler[] =>
    objects.map((object) => ({ name: objectText(refOf(object)), kind }));
  return {
    scalers: [
      ...named(
        'horizontal-pod-autoscaler',
        hpas.filter((hpa) => hpa !== own && targets(hpa, ['spec', 'scaleTargetRef'], name)),
      ),
      ...named(
        'vertical-pod-autoscaler',
        vpas.filter((vpa) => isActiveVpa(vpa) && targets(vpa, ['spec', 'targetRef'], name)),
      ),
      ...named(
        'scaled-object',
        scaledObjects.filter((one) => targets(one, ['spec', 'scaleTargetRef'], name)),
      ),
      ...named(
        'proportional-autoscaler',
        deployments.filter((other) => isProportional(other, name)),
      ),
      ...replicaWriters(deployment),
    ].toSorted(byName),
    ownScaler: own === undefined ? null : ownScaler(own),
    metricsApi: metrics === null ? 'absent' : isAvailable(metrics) ? 'available' : 'unavailable',
    hasDisruptionBudget: budgets.some((budget) => covers(budget, deployment)),
  };
}

function isOwn(hpa: SeenObject): boolean {
  return (
    hpa.metadata.name === ownScalerName &&
    textsAt(hpa, ['metadata', 'labels'])['app.kubernetes.io/managed-by'] === 'fairlead'
  );
}

function ownScaler(hpa: SeenObject): OwnScaler {
  const [metric] = listAt(hpa, ['spec', 'metrics']);
  return {
    minReplicas: numberAt(hpa, ['spec', 'minReplicas']) ?? 1,
    maxReplicas: numberAt(hpa, ['spec', 'maxReplicas']) ?? 0,
    cpuPercent: numberAt(metric, ['resource', 'target', 'averageUtilization']),
  };
}

/** KEDA leaves the kind out where it means a Deployment. */
function targets(object: SeenObject, path: readonly string[], name: string): boolean {
  const kind = textAt(object, [...path, 'kind']) ?? 'Deployment';
  return kind === 'Deployment' && textAt(object, [...path, 'name']) === name;
}

/** One that changes requests in place moves what a CPU percentage means. */
function isActiveVpa(vpa: SeenObject): boolean {
  return textAt(vpa, ['spec', 'updatePolicy', 'updateMode']) !== 'Off';
}

/** Told by its `--target`, under whatever name it runs: `deployment/coredns`. */
function isProportional(deployment: SeenObject, name: string): boolean {
  return containersOf(deployment).some((container) => {
    const words = [...listAt(container, ['command']), ...listAt(container, ['args'])];
    return words.some(
      (word) =>
        typeof word === 'string' &&
        word
          .toLowerCase()
          .split(/[=,\s]/)
          .includes(`deployment/${name}`),
    );
  });
}

/** People scale by hand and leave; an HPA's controller is seen by its HPA. */
const leaving = /^(kubectl|kube-controller-manager|kubeadm|fairlead)/;

function replicaWriters(deployment: SeenObject): Scaler[] {
  return listAt(deployment, ['metadata', 'managedFields'])
    .filter((entry) => textAt(entry, ['subresource']) === 'scale')
    .filter((entry) => isObject(valueAt(entry, ['fieldsV1', 'f:spec']) ?? null))
    .map((entry) => textAt(entry, ['manager']) ?? '')
    .filter((manager) => manager !== '' && !leaving.test(manager))
    .map((manager) => ({ name: `field manager ${manager}`, kind: 'field-manager' }));
}

function isAvailable(service: SeenObject): boolean {
  return listAt(service, ['status', 'conditions']).some(
    (condition) =>
      textAt(condition, ['type']) === 'Available' && textAt(condition, ['status']) === 'True',
  );
}

function covers(budget: SeenObject, deployment: SeenObject): boolean {
  const selector = Object.entries(textsAt(budget, ['spec', 'selector', 'matchLabels']));
  const labels: Json = textsAt(deployment, ['spec', 'template', 'metadata', 'labels']);
  return (
    selector.length > 0 && selector.every(([name, value]) => valueAt(labels, [name]) === value)
  );
}
