import { exportAdvice, getAdvice, listFleetAdvice } from './resources/advice.js';
import { createApiKey, listApiKeys, revokeApiKey } from './resources/api-keys.js';
import {
  exportAuditEvents,
  listAuditEvents,
  verifyAuditChain,
  watchAuditEvents,
} from './resources/audit.js';
import {
  getCluster,
  listClusters,
  observeCluster,
  registerCluster,
  removeCluster,
  updateCluster,
} from './resources/clusters.js';
import {
  approveJob,
  cancelJob,
  createJob,
  getJob,
  listJobs,
  undoJob,
  watchJob,
} from './resources/jobs.js';
import { exportSamples, getMeasurements, listSamples } from './resources/measurements.js';
import { listParameters } from './resources/parameters.js';
import { previewPlan } from './resources/plans.js';
import { createProfile, getProfile, listProfiles, reviseProfile } from './resources/profiles.js';
import { listTuners } from './resources/tuners.js';

/** Everything that can be asked of Fairlead. Both transports, the documents and the tests come from here. */
export const operations = {
  registerCluster,
  getCluster,
  listClusters,
  updateCluster,
  removeCluster,
  observeCluster,
  getAdvice,
  exportAdvice,
  listFleetAdvice,
  listTuners,
  listParameters,
  createProfile,
  reviseProfile,
  getProfile,
  listProfiles,
  previewPlan,
  createJob,
  getJob,
  listJobs,
  approveJob,
  cancelJob,
  undoJob,
  watchJob,
  getMeasurements,
  listSamples,
  exportSamples,
  listAuditEvents,
  watchAuditEvents,
  verifyAuditChain,
  exportAuditEvents,
  createApiKey,
  listApiKeys,
  revokeApiKey,
} as const;

export type Operations = typeof operations;
export type OperationId = keyof Operations;
