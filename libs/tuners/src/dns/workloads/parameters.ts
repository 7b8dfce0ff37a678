import type { OwnedParameter } from '@fairlead/core';
import { Ndots } from './settings.js';

const source = 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/';

export const ndotsParameters: readonly OwnedParameter[] = [
  {
    name: 'workload.ndots',
    title: 'Dots from which on a name is asked as it stands first',
    owner: 'workload',
    value: Ndots,
    unit: 'dots',
    scope: 'pod',
    cost: 'pod-restart',
    source,
  },
  {
    name: 'api-server.admission.ndots',
    title: 'The same for pods that are still to be made',
    owner: 'api-server',
    value: Ndots,
    sinceKubernetes: '1.34',
    unit: 'dots',
    scope: 'new-pods',
    cost: 'none',
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/',
  },
];
