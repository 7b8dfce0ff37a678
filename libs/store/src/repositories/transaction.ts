import { canonicalJson, type AuditDraft, type JsonObject } from '@fairlead/core';
import type { Doorbell, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import type { Sql, TextSql } from '../database/sql.js';
import type { SecretBox } from '../secrets/sealing.js';
import { apiKeysIn } from './api-keys.js';
import { auditEventsIn } from './audit-events.js';
import { clustersIn } from './clusters.js';
import { jobsIn } from './jobs.js';
import { observationsIn } from './observations.js';
import { profilesIn } from './profiles.js';
import { samplesIn } from './samples.js';

export interface Ring {
  readonly bell: Doorbell;
  readonly subjectId: string;
}

/** A transaction's repositories, and what it collected for its end. */
export interface OpenTx {
  readonly tx: Tx;
  readonly events: readonly AuditDraft[];
  readonly rings: readonly Ring[];
}

export function openTx(db: Db, sql: Sql, box: SecretBox): OpenTx {
  const events: AuditDraft[] = [];
  const rings: Ring[] = [];
  const tx: Tx = {
    clusters: clustersIn(db, sql, box),
    observations: observationsIn(db),
    profiles: profilesIn(db, sql),
    jobs: jobsIn(db, sql),
    samples: samplesIn(db),
    apiKeys: apiKeysIn(db),
    auditEvents: auditEventsIn(db),
    audit: (event) => void events.push(event),
    ring: (bell, subjectId) => void rings.push({ bell, subjectId }),
  };
  return { tx, events, rings };
}

/** What a transaction leaves beside its rows. */
export interface Ending {
  readonly events?: readonly AuditDraft[];
  readonly rings?: readonly Ring[];
  /** Kept under an idempotency key that this transaction has claimed. */
  readonly answer?:
    { readonly actor: string; readonly key: string; readonly response: JsonObject } | undefined;
}

/**
 * A transaction's last statement: the answer, outbox rows and audit events in one, since the chain's
 * head stays locked from here to the commit. Does nothing when there is nothing to write.
 */
export async function finish(
  sql: TextSql,
  { events = [], rings = [], answer }: Ending,
): Promise<void> {
  if (events.length === 0 && rings.length === 0 && answer === undefined) return;
  await sql`
    WITH rung AS (
      INSERT INTO outbox (bell, subject_id)
      SELECT ring.bell, ring."subjectId"
      FROM jsonb_to_recordset(${JSON.stringify(rings)}::jsonb) AS ring(bell text, "subjectId" text)
    ), answered AS (
      UPDATE idempotency_keys SET response = ${answer === undefined ? null : JSON.stringify(answer.response)}
      WHERE actor = ${answer?.actor ?? null} AND key = ${answer?.key ?? null}
    )
    SELECT audit_append(${JSON.stringify(events.map(asAppended))}::jsonb)`;
}

/** The shape that `audit_append` takes. */
function asAppended({ type, actor, subject, clusterId, jobId, data }: AuditDraft) {
  return {
    type,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    actorRole: actor.role,
    subjectKind: subject.kind,
    subjectId: subject.id,
    clusterId,
    jobId,
    data: canonicalJson(data),
  };
}
