import type { Evidence, Finding } from '@fairlead/core';
import { objectText } from '@fairlead/core';
import type { CoreDnsDeployment, CoreDnsObservation } from './observation.js';

const hpaSource = 'https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/';

/** What CoreDNS's state suggests. Pure; never throws. */
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
  return [...replicaFindings(observed)];
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
    const names = scalers.map(({ name }) => name);
    return [
      {
        ...common,
        code: 'coredns-scaled',
        verdict: 'leave-alone',
        message: `${names[0] ?? 'Our own HPA'} scales CoreDNS already.`,
        evidence,
      },
    ];
  }
  if (replicas >= 2) return [];
  const mayScale = owner === null && metricsApi === 'available' && withoutCpuRequest.length === 0;
  return [
    {
      ...common,
      code: 'coredns-single-replica',
      verdict: 'act',
      message: 'One pod answers all DNS of the cluster: run at least two, on nodes of their own.',
      evidence,
      ...(mayScale && {
        recommended: {
          coredns: { autoscaler: { minReplicas: 2, maxReplicas: 4, cpuPercent: 70 } },
        },
      }),
    },
  ];
}
