import type { Tuner } from '@fairlead/core';
import { adviseDns } from './advise.js';
import { coreDnsParameters } from './coredns/parameters.js';
import { coreDnsRules } from './coredns/rbac.js';
import { nodeLocalParameters } from './node-local/parameters.js';
import { nodeLocalRules } from './node-local/rbac.js';
import { DnsObservation, observeDns } from './observe.js';
import { planDns } from './plan.js';
import { dnsProbes } from './probes.js';
import { DnsSettings } from './settings.js';
import { ndotsParameters } from './workloads/parameters.js';
import { ndotsRules } from './workloads/rbac.js';

export const dns: Tuner<DnsSettings, DnsObservation> = {
  name: 'dns',
  title: 'Cluster DNS',
  // After host keys and before the proxy: most of what it can do rolls or scales something (domain.md 8.1).
  order: 50,
  settings: DnsSettings,
  observation: DnsObservation,
  rbac: [...coreDnsRules, ...nodeLocalRules, ...ndotsRules],
  parameters: [...coreDnsParameters, ...nodeLocalParameters, ...ndotsParameters],
  probes: dnsProbes,
  observe: observeDns,
  plan: planDns,
  advise: adviseDns,
};
