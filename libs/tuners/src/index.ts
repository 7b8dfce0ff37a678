import type { Tuner } from '@fairlead/core';
import { conntrack } from './conntrack/index.js';
import { dns } from './dns/index.js';
import { sysctl } from './sysctl/index.js';

/** Every tuner, in the order in which they may change a cluster. */
export const tuners: readonly Tuner[] = [conntrack, sysctl, dns];

export { parameterCatalogue, type CatalogueParameter } from './catalogue/catalogue.js';
export { ndotsPolicyRules, ndotsWorkloadRules } from './dns/workloads/rbac.js';
export { podSysctlRules } from './sysctl/index.js';
