import { isObject } from '../../json-reading.js';
import type { InteractionRule } from '../rule.js';
import { nodeLocalChange } from '../what-changes.js';

const label = 'kubernetes.azure.com/localdns-state';

/** AKS runs a DNS proxy of its own on such nodes and advises against both; it does not prevent it. Source: domain.md 4.5. */
export const localDnsWithNodeLocal: InteractionRule = {
  code: 'local-dns-with-node-local',
  sentence: 'AKS LocalDNS and NodeLocal DNSCache do the same work on one node.',
  source: 'https://learn.microsoft.com/azure/aks/localdns-custom',
  check(profile) {
    const cache = nodeLocalChange(profile);
    if (cache?.kind !== 'create') return [];
    const labels = profile.valuesOf('labels').filter((each) => isObject(each));
    if (labels.some((each) => each[label] === 'enabled')) {
      return [
        {
          tuner: cache.tuner,
          how: 'refuse',
          message:
            'LocalDNS of AKS answers on nodes of this cluster already, and AKS advises against both. Leave NodeLocal DNSCache out, or disable LocalDNS on the node pools first.',
        },
      ];
    }
    if (!labels.some((each) => Object.hasOwn(each, 'kubernetes.azure.com/cluster'))) return [];
    return [
      {
        tuner: cache.tuner,
        how: 'warn',
        message:
          'AKS has LocalDNS for this, as a setting of node pools that outlives their upgrades; do not enable it beside NodeLocal DNSCache.',
      },
    ];
  },
};
