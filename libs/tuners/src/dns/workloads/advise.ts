import type { Finding } from '@fairlead/core';
import type { NdotsObservation } from './observation.js';
import { queriesFor } from './search-cost.js';

const searches = ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const sources = ['https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/'];

/** Lowering ndots may help, and only a look at a workload's own names tells whether it may be done. */
export function adviseNdots({ survey }: NdotsObservation): readonly Finding[] {
  if (survey === null || survey.withNdots + survey.without === 0) return [];
  const evidence = [
    {
      what: 'Deployments without ndots of their own',
      value: String(survey.without),
      where: 'Deployments',
    },
    {
      what: 'questions for api.example.com at ndots 5 and 2',
      value: [5, 2]
        .map((ndots) => queriesFor('api.example.com', { searches, ndots }))
        .join(' and '),
      where: 'arithmetic over a search path of three domains',
    },
  ];
  const common = { tuner: 'dns', evidence, parameters: ['workload.ndots'], sources };
  if (survey.without === 0) {
    return [
      {
        ...common,
        code: 'dns-ndots-chosen',
        verdict: 'leave-alone',
        message: 'Every Deployment says its own ndots: leave them as they are.',
      },
    ];
  }
  return [
    {
      ...common,
      code: 'dns-ndots-default',
      verdict: 'consider',
      message:
        'Pods walk the search path for every outside name with fewer than five dots. For workloads that mostly call outside names, try ndots 2 by name: the plan looks for names of theirs that need the search path. It brings nothing for names with one dot, such as example.com.',
    },
  ];
}
