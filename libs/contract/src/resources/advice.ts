import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { Id, JsonMembers, nextPageToken, paging, Timestamp } from '../fields.js';
import { TextChunk } from './measurements.js';

const verdict = z.enum(['act', 'consider', 'leave-alone', 'unknown']).meta({
  description:
    'act: harm is seen or certain; consider: may help, try it; leave-alone: changing it brings nothing; unknown: could not be seen.',
});

const Evidence = z
  .object({
    what: z.string(),
    value: z.string(),
    where: z.string().meta({ description: 'Where it was read: an object, a node, a counter.' }),
  })
  .meta({ id: 'Evidence', description: 'One thing that was seen, in the unit of its source.' });

const Finding = z
  .object({
    tuner: z.string(),
    code: z.string(),
    verdict,
    message: z.string(),
    evidence: z.array(Evidence),
    parameters: z.array(z.string()).meta({ description: 'Names of `listParameters`.' }),
    recommended: JsonMembers.optional().meta({
      description: 'Settings of this tuner to try; a job tells whether they helped.',
    }),
    sources: z.array(z.string()),
  })
  .meta({ id: 'Finding', description: 'What a tuner makes of what it saw. It claims no gain.' });

const UnseenParameter = z
  .object({
    parameter: z.string(),
    tuner: z.string(),
    reason: z.enum(['not-observed', 'not-readable']),
    why: z.string(),
  })
  .meta({ id: 'UnseenParameter', description: 'A parameter that nothing can be said about.' });

const ObservationAge = z
  .object({ tuner: z.string(), observedAt: Timestamp, ageSeconds: z.number() })
  .meta({ id: 'ObservationAge', description: 'When a tuner last looked at the cluster.' });

const ClusterAdvice = z
  .object({
    clusterId: Id,
    clusterName: z.string(),
    observedAt: Timestamp.meta({
      description: 'When the oldest observation behind the advice was made.',
    }),
    observationAgeSeconds: z.number(),
    observations: z.array(ObservationAge),
    findings: z.array(Finding).meta({ description: 'What to act on first.' }),
    unseen: z.array(UnseenParameter),
  })
  .meta({ id: 'ClusterAdvice', description: 'What the latest observations of a cluster suggest.' });

export const getAdvice = defineOperation({
  id: 'getAdvice',
  summary: 'See what the latest observations of a cluster suggest, and what could not be seen',
  description:
    'Read from stored observations, whose age it tells; `observeCluster` asks for new ones. Nothing is written.',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/clusters/{clusterId}/advice', status: 200 },
  grpc: { service: 'AdviceService', method: 'GetAdvice' },
  request: z.strictObject({ clusterId: Id }).meta({ id: 'GetAdviceRequest' }),
  response: ClusterAdvice,
  problems: ['cluster-not-found', 'cluster-not-observed'],
});

export const exportAdvice = defineOperation({
  id: 'exportAdvice',
  summary: 'Download the advice for a cluster as a Markdown report',
  kind: 'download',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/clusters/{clusterId}/advice.md', status: 200 },
  grpc: { service: 'AdviceService', method: 'ExportAdvice' },
  request: z.strictObject({ clusterId: Id }).meta({ id: 'ExportAdviceRequest' }),
  response: TextChunk,
  contentTypes: ['text/markdown'],
  problems: ['cluster-not-found', 'cluster-not-observed'],
});

const ClusterName = z
  .object({ clusterId: Id, clusterName: z.string() })
  .meta({ id: 'ClusterName' });

const FleetFinding = z
  .object({
    tuner: z.string(),
    code: z.string(),
    verdict,
    message: z.string().meta({ description: 'As it stands for the first of the clusters.' }),
    clusterCount: z.int(),
    clusters: z.array(ClusterName).meta({ description: 'At most 100 of them, by name.' }),
    parameters: z.array(z.string()),
    sources: z.array(z.string()),
  })
  .meta({ id: 'FleetFinding', description: 'One finding, and the clusters that have it.' });

export const listFleetAdvice = defineOperation({
  id: 'listFleetAdvice',
  summary: 'Count each finding over the fleet, what to act on first',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/advice', status: 200 },
  grpc: { service: 'AdviceService', method: 'ListFleetAdvice' },
  request: z
    .strictObject({
      label: z
        .array(
          z
            .string()
            .max(257)
            .regex(/^[^=]+=.*$/),
        )
        .max(16)
        .default([])
        .meta({
          description: 'Only clusters with all these labels.',
          examples: [['region=eu-west']],
        }),
      ...paging,
    })
    .meta({ id: 'ListFleetAdviceRequest' }),
  response: z
    .object({
      findings: z.array(FleetFinding),
      clustersSeen: z.int().meta({ description: 'Clusters with at least one observation.' }),
      clustersNotSeen: z.int(),
      oldestObservedAt: Timestamp.optional(),
      nextPageToken,
    })
    .meta({ id: 'ListFleetAdviceResponse' }),
  problems: ['page-token-invalid'],
});
