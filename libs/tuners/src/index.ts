import type { Tuner } from '@fairlead/core';
import { conntrack } from './conntrack/index.js';
import { sysctl } from './sysctl/index.js';

/** Every tuner, in the order in which they may change a cluster. */
export const tuners: readonly Tuner[] = [conntrack, sysctl];

export { parameterCatalogue, type CatalogueParameter } from './catalogue/catalogue.js';
export { podSysctlRules } from './sysctl/index.js';
