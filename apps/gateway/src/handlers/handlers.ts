import type { Handlers } from '../call/context.js';
import * as advice from './advice.js';
import * as apiKeys from './api-keys.js';
import * as audit from './audit.js';
import * as clusters from './clusters.js';
import * as jobs from './jobs.js';
import * as measurements from './measurements.js';
import * as parameters from './parameters.js';
import * as plans from './plans.js';
import * as profiles from './profiles.js';
import * as tuners from './tuners.js';
import { watchJob } from './watch-job.js';

/** What answers each operation of the contract: a missing one does not compile. */
export const handlers: Handlers = {
  ...clusters,
  ...advice,
  ...tuners,
  ...parameters,
  ...profiles,
  ...plans,
  ...jobs,
  watchJob,
  ...measurements,
  ...audit,
  ...apiKeys,
};
