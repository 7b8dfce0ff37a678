import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { Id, JsonMembers, nextPageToken, paging, Timestamp } from '../fields.js';
import { Actor } from './actor-view.js';
import { TextChunk } from './measurements.js';

const Hash = z.string().meta({ description: 'SHA-256, lower-case hex.' });

export const AuditEvent = z
  .object({
    seq: z
      .int()
      .meta({ description: 'Place in the chain; without gaps, and the cursor of watches.' }),
    at: Timestamp,
    type: z.string().meta({ examples: ['job.created', 'change.intended'] }),
    actor: Actor,
    subject: z
      .object({ kind: z.string(), id: z.string() })
      .meta({ id: 'AuditSubject', description: 'What the event is about.' }),
    clusterId: z.string().optional(),
    jobId: z.string().optional(),
    data: JsonMembers,
    prevHash: Hash,
    hash: Hash,
  })
  .meta({ id: 'AuditEvent', description: 'One row of the append-only, hash-chained record.' });

const filter = {
  jobId: Id.optional(),
  clusterId: Id.optional(),
  type: z.string().min(1).max(128).optional(),
};

const after = z
  .string()
  .max(64)
  .optional()
  .meta({ description: '`seq` of the last event received; from the head on when absent.' });

export const listAuditEvents = defineOperation({
  id: 'listAuditEvents',
  summary: 'List audit events, oldest first',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/audit/events', status: 200 },
  grpc: { service: 'AuditService', method: 'ListAuditEvents' },
  request: z.strictObject({ ...filter, ...paging }).meta({ id: 'ListAuditEventsRequest' }),
  response: z
    .object({ events: z.array(AuditEvent), nextPageToken })
    .meta({ id: 'ListAuditEventsResponse' }),
  problems: ['page-token-invalid'],
});

export const watchAuditEvents = defineOperation({
  id: 'watchAuditEvents',
  summary: 'Stream audit events as they are committed',
  description: 'Never ends by itself. Resume with `after` or the header Last-Event-ID.',
  kind: 'watch',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/audit/events/stream', status: 200 },
  grpc: { service: 'AuditService', method: 'WatchAuditEvents' },
  request: z.strictObject({ ...filter, after }).meta({ id: 'WatchAuditEventsRequest' }),
  response: AuditEvent,
  problems: ['cursor-unusable', 'too-many-streams'],
});

export const verifyAuditChain = defineOperation({
  id: 'verifyAuditChain',
  summary: 'Check the audit chain and name the first bad row',
  kind: 'read',
  role: 'operator',
  rest: { method: 'GET', path: '/v1/audit/verify', status: 200 },
  grpc: { service: 'AuditService', method: 'VerifyAuditChain' },
  request: z
    .strictObject({
      fromSeq: z.int().min(1).optional().meta({ description: 'The first row when absent.' }),
    })
    .meta({ id: 'VerifyAuditChainRequest' }),
  response: z
    .object({
      intact: z.boolean(),
      rows: z.int(),
      headSeq: z.int(),
      headHash: z.string(),
      firstBad: z
        .object({ seq: z.int(), reason: z.string() })
        .meta({ id: 'BadAuditRow', description: 'Absent when every row is as it was written.' })
        .optional(),
    })
    .meta({ id: 'AuditVerification' }),
  problems: ['audit-seq-unknown'],
});

export const exportAuditEvents = defineOperation({
  id: 'exportAuditEvents',
  summary: 'Download the audit chain, one JSON document a line',
  kind: 'download',
  role: 'operator',
  rest: { method: 'GET', path: '/v1/audit/export', status: 200 },
  grpc: { service: 'AuditService', method: 'ExportAuditEvents' },
  request: z
    .strictObject({ fromSeq: z.int().min(1).optional() })
    .meta({ id: 'ExportAuditEventsRequest' }),
  response: TextChunk,
  contentTypes: ['application/x-ndjson'],
  problems: [],
});
