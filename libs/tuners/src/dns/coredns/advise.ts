import {
  corefileValue,
  objectText,
  type Evidence,
  type Finding,
  type JsonObject,
} from '@fairlead/core';
import { loadFindings } from './advise-load.js';
import type { CoreDnsDeployment, CoreDnsObservation } from './observation.js';
import { clusterBlockOf } from './server-block.js';

const hpaSource = 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/';

/** What CoreDNS's state and load suggest. Pure; never throws. */
export function adviseCoreDns(observed: CoreDnsObservation): readonly Finding[] {
  if (observed.kind === 'absent') return [];
  if (observed.kind === 'elsewhere') {
    return [
      {
        tuner: 'dns',
        code: 'coredns-elsewhere',
        verdict: 'unknown',
        message: `DNS is configured by ${observed.where}, where its settings were not read. ${observed.advice}`,
        evidence: [],
        parameters: ['coredns.cache.ttl', 'coredns.autoscaler.minReplicas'],
        sources: [hpaSource],
      },
    ];
  }
  return [...replicaFindings(observed), ...lameduckFindings(observed), ...loadFindings(observed)];
}

function replicaFindings(observed: CoreDnsDeployment): Finding[] {
  const { replicas, scalers, ownScaler, owner, metricsApi, withoutCpuRequest } = observed;
  const where = objectText(observed.object);
  const evidence: Evidence[] = [{ what: 'replicas', value: String(replicas), where }];
  const common = {
    tuner: 'dns',
    parameters: ['coredns.autoscaler.minReplicas'],
    sources: [hpaSource],
  };
  if (scalers.length > 0 || ownScaler !== null) {
    return [
      {
        ...common,
        code: 'coredns-scaled',
        verdict: 'leave-alone',
        message: `${scalers[0]?.name ?? 'An HPA of Fairlead'} scales CoreDNS already.`,
        evidence,
      },
    ];
  }
  if (replicas >= 2) return [];
  const mayScale = owner === null && metricsApi === 'available' && withoutCpuRequest.length === 0;
  const autoscaler = { minReplicas: 2, maxReplicas: 4, cpuPercent: 70 };
  return [
    {
      ...common,
      code: 'coredns-single-replica',
      verdict: 'act',
      message: 'One pod answers all DNS of the cluster: run at least two, on nodes of their own.',
      evidence,
      ...(mayScale && { recommended: { coredns: { autoscaler } } }),
    },
  ];
}

/** Pods that stop at once leave clients waiting for answers until every node has heard of it. */
function lameduckFindings(observed: CoreDnsDeployment): Finding[] {
  const { corefile } = observed;
  if ('unreadable' in corefile) return [];
  const cluster = clusterBlockOf(corefile.text);
  if ('problem' in cluster) return [];
  const { file, block } = cluster;
  if (corefileValue(file, [block.label, 'health', 'lameduck']) !== undefined) return [];
  const recommended: JsonObject = { coredns: { lameduckSeconds: 5 } };
  return [
    {
      tuner: 'dns',
      code: 'coredns-no-lameduck',
      verdict: 'consider',
      message:
        'CoreDNS pods stop answering the moment they are told to stop: let them answer 5 s longer.',
      evidence: [{ what: 'health lameduck', value: 'absent', where: objectText(corefile.object) }],
      parameters: ['coredns.health.lameduck'],
      ...(corefile.owner === null && { recommended }),
      sources: ['https://coredns.io/plugins/health/'],
    },
  ];
}
