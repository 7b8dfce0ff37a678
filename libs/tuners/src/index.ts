import type { Tuner } from '@fairlead/core';
import { conntrack } from './conntrack/index.js';
import { datapath } from './datapath/index.js';
import { dns } from './dns/index.js';
import { kubeProxy } from './kube-proxy/index.js';
import { mtu } from './mtu/index.js';
import { sysctl } from './sysctl/index.js';

/** Every tuner, in the order in which they may change a cluster. */
export const tuners: readonly Tuner[] = [conntrack, sysctl, dns, kubeProxy, mtu, datapath];

export { parameterCatalogue, type CatalogueParameter } from './catalogue/catalogue.js';
export { ndotsPolicyRules, ndotsWorkloadRules } from './dns/workloads/rbac.js';
export { flannelRules, podRestartRules } from './mtu/index.js';
export { checkProfile, interactionRules } from './interactions/interactions.js';
export type { InteractionRule } from './interactions/rule.js';
export { podSysctlRules } from './sysctl/index.js';
