import type { Tuner } from '@fairlead/core';
import { adviseDatapath } from './advise.js';
import { DatapathObservation, observeDatapath } from './observe.js';
import { datapathParameters } from './parameters.js';
import { planDatapath } from './plan.js';
import { datapathProbes } from './probes.js';
import { datapathRules } from './rules.js';
import { DatapathSettings } from './settings.js';

export const datapath: Tuner<DatapathSettings, DatapathObservation> = {
  name: 'datapath',
  title: 'CNI data plane',
  // Last of all (domain.md 8.1).
  order: 100,
  settings: DatapathSettings,
  observation: DatapathObservation,
  rbac: datapathRules,
  parameters: datapathParameters,
  probes: datapathProbes,
  observe: observeDatapath,
  plan: planDatapath,
  advise: adviseDatapath,
};
