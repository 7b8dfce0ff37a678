import type { Operations, ResponseOf } from '@fairlead/contract';
import type { JobState } from '@fairlead/core';
import type { AuditRow } from '@fairlead/store';

type EventView = ResponseOf<Operations['watchAuditEvents']>;
type JobEventView = ResponseOf<Operations['watchJob']>;

function actorOf(row: AuditRow): EventView['actor'] {
  return {
    kind: row.actorKind as EventView['actor']['kind'],
    id: row.actorId,
    name: row.actorName,
  };
}

export function toAuditEvent(row: AuditRow): EventView {
  return {
    seq: row.seq,
    at: row.at.toISOString(),
    type: row.type,
    actor: actorOf(row),
    subject: { kind: row.subjectKind, id: row.subjectId },
    ...(row.clusterId !== null && { clusterId: row.clusterId }),
    ...(row.jobId !== null && { jobId: row.jobId }),
    data: row.data,
    prevHash: row.prevHash,
    hash: row.hash,
  };
}

/** @param state  of the job when the event is sent, not when it was written */
export function toJobEvent(row: AuditRow, jobId: string, state: JobState): JobEventView {
  return {
    cursor: String(row.seq),
    type: row.type,
    at: row.at.toISOString(),
    jobId,
    state,
    actor: actorOf(row),
    data: row.data,
  };
}
