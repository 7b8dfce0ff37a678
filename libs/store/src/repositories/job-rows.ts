import type { JobRecord, JobState, JournalEntry } from '@fairlead/core';
import type { JobRow } from '../api.js';
import { fromJson } from '../database/json-column.js';
import type { ChangeJournal, Job } from '../generated/client.js';

export function toJobRecord(row: Job): JobRecord {
  return {
    id: row.id,
    clusterId: row.clusterId,
    settings: fromJson(row.settings),
    measuring: fromJson(row.measuring),
    approval: row.approval as JobRecord['approval'],
    state: row.state as JobState,
    createdBy: fromJson(row.createdBy),
    plan: fromJson(row.plan),
    planHash: row.planHash,
    approvedHash: row.approvedHash,
    cancelRequested: row.cancelRequested,
    reversal: fromJson(row.reversal),
    problem: fromJson(row.problem),
    stateSince: row.stateSince,
    measureAttempt: row.measureAttempt,
    settledFrom: row.settledFrom,
    recheckAt: row.recheckAt,
  };
}

export function toJobRow(
  row: Job,
  journal: readonly { readonly jobId: string; readonly entry: JournalEntry }[],
): JobRow {
  return {
    ...toJobRecord(row),
    profileId: row.profileId,
    profileRevision: row.profileRevision,
    journal: journal.filter(({ jobId }) => jobId === row.id).map(({ entry }) => entry),
    observedAt: row.observedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    endedAt: row.endedAt,
    version: row.version,
  };
}

export function toEntry(row: ChangeJournal): JournalEntry {
  return {
    changeId: row.changeId,
    ordinal: row.ordinal,
    state: row.state as JournalEntry['state'],
    preImage: fromJson(row.preImage),
    written: fromJson(row.written),
  };
}
