import type { JsonObject } from '@fairlead/core';
import type { AuditRow, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import type { AuditEvent } from '../generated/client.js';

export function auditEventsIn(db: Db): Tx['auditEvents'] {
  return {
    async after(seq, limit, { jobId, clusterId, type }) {
      const rows = await db.auditEvent.findMany({
        where: {
          seq: { gt: BigInt(seq) },
          ...(jobId === undefined ? {} : { jobId }),
          ...(clusterId === undefined ? {} : { clusterId }),
          ...(type === undefined ? {} : { type }),
        },
        orderBy: { seq: 'asc' },
        take: limit,
      });
      return rows.map(toRow);
    },

    async head() {
      const { seq, hash } = await db.auditChain.findUniqueOrThrow({ where: { id: 1 } });
      return { seq: Number(seq), hash: Buffer.from(hash).toString('hex') };
    },
  };
}

function toRow(row: AuditEvent): AuditRow {
  return {
    seq: Number(row.seq),
    schemaVersion: row.schemaVersion,
    at: new Date(Number(row.atMicros / 1000n)),
    type: row.type,
    actorKind: row.actorKind,
    actorId: row.actorId,
    actorName: row.actorName,
    actorRole: row.actorRole,
    subjectKind: row.subjectKind,
    subjectId: row.subjectId,
    clusterId: row.clusterId,
    jobId: row.jobId,
    data: JSON.parse(row.data) as JsonObject,
    prevHash: Buffer.from(row.prevHash).toString('hex'),
    hash: Buffer.from(row.hash).toString('hex'),
  };
}
