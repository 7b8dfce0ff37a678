import {
  objectText,
  refOf,
  valueAt,
  type ClusterReader,
  type ObjectRef,
  type SeenObject,
} from '@fairlead/core';
import { byText } from '../../by-text.js';
import { listAt, textAt } from '../../json-reading.js';
import type { NdotsObservation } from './observation.js';
import { observePolicies } from './observe-policies.js';
import { observeWorkload } from './observe-workload.js';
import type { NdotsSettings, WorkloadNdots } from './settings.js';

export { NdotsObservation } from './observation.js';

/**
 * Looks at what the settings name, and without settings counts the Deployments that say ndots. Requests:
 * one list of Deployments; or one read for each workload named, one list of Services, and those of
 * observeWorkload and observePolicies.
 */
export async function observeNdots(
  reader: ClusterReader,
  settings: NdotsSettings | null,
  signal: AbortSignal,
): Promise<NdotsObservation> {
  const { version, ownNamespace } = reader;
  if (settings === null) {
    const kind = { apiVersion: 'apps/v1', kind: 'Deployment' };
    const survey = surveyOf(await reader.list(kind, {}, signal));
    return { version, ownNamespace, workloads: [], policies: null, survey };
  }
  const asked = settings.workloads ?? [];
  const found = await Promise.all(asked.map((one) => reader.read(refTo(one), signal)));
  const services = asked.length === 0 ? new Set<string>() : await serviceNames(reader, signal);
  const workloads = await Promise.all(
    found
      .filter((object) => object !== null)
      .map((object) => observeWorkload(object, services, reader, signal)),
  );
  return {
    version,
    ownNamespace,
    workloads: workloads.toSorted((a, b) => byText(objectText(a.object), objectText(b.object))),
    policies: await observePolicies(settings.newPods ?? [], reader, signal),
    survey: null,
  };
}

export function refTo({ kind, namespace, name }: WorkloadNdots): ObjectRef {
  return { apiVersion: 'apps/v1', kind, namespace, name };
}

async function serviceNames(reader: ClusterReader, signal: AbortSignal): Promise<Set<string>> {
  const services = await reader.list({ apiVersion: 'v1', kind: 'Service' }, {}, signal);
  return new Set(
    services.map((service) => `${refOf(service).namespace ?? ''}/${service.metadata.name}`),
  );
}

function surveyOf(deployments: readonly SeenObject[]): NdotsObservation['survey'] {
  const path = ['spec', 'template', 'spec', 'dnsConfig', 'options'];
  const withNdots = deployments.filter((deployment) =>
    listAt(deployment, path).some((option) => textAt(option, ['name']) === 'ndots'),
  );
  const ofCluster = deployments.filter(
    (deployment) => valueAt(deployment, ['spec', 'template', 'spec', 'dnsPolicy']) !== 'Default',
  );
  return { withNdots: withNdots.length, without: Math.max(0, ofCluster.length - withNdots.length) };
}
