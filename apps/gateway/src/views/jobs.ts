import type { Operations, ResponseOf } from '@fairlead/contract';
import type { JobRow } from '@fairlead/store';
import { toJournalEntry } from './journal.js';
import { toPlan } from './plans.js';
import { toProblem } from './problems.js';

type JobView = ResponseOf<Operations['getJob']>;
type JobSummaryView = ResponseOf<Operations['listJobs']>['jobs'][number];

export function toJobSummary(row: JobRow): JobSummaryView {
  const { kind, id, name } = row.createdBy;
  return {
    id: row.id,
    clusterId: row.clusterId,
    profileId: row.profileId,
    profileRevision: row.profileRevision,
    state: row.state,
    stateSince: row.stateSince.toISOString(),
    approval: row.approval,
    ...(row.planHash !== null && { planHash: row.planHash }),
    ...(row.approvedHash !== null && { approvedHash: row.approvedHash }),
    cancelRequested: row.cancelRequested,
    ...(row.problem && { problem: toProblem(row.problem) }),
    createdBy: { kind, id, name },
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(row.endedAt && { endedAt: row.endedAt.toISOString() }),
  };
}

export function toJob(row: JobRow): JobView {
  return {
    ...toJobSummary(row),
    settings: row.settings,
    measuring: row.measuring,
    ...(row.plan && { plan: toPlan(row.plan) }),
    ...(row.observedAt && { observedAt: row.observedAt.toISOString() }),
    ...(row.reversal && { reversal: row.reversal }),
    journal: row.journal.map((entry) => toJournalEntry(entry, row.plan)),
    links: linksOf(row),
  };
}

function linksOf({ id, clusterId, profileId, profileRevision }: JobRow): JobView['links'] {
  const self = `/v1/jobs/${id}`;
  return {
    self,
    cluster: `/v1/clusters/${clusterId}`,
    profile: `/v1/profiles/${profileId}?revision=${profileRevision}`,
    events: `${self}/events`,
    measurements: `${self}/measurements`,
    samples: `${self}/samples`,
    audit: `/v1/audit/events?jobId=${id}`,
  };
}
