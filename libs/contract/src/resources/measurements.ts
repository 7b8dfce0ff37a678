import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { Id, nextPageToken, paging, Timestamp } from '../fields.js';

const SampleSummary = z
  .object({
    n: z.int().meta({ description: 'Samples that hold a number.' }),
    invalid: z
      .int()
      .meta({ description: 'Samples that hold none; they are counted, never averaged.' }),
    median: z.number().optional(),
    q1: z.number().optional(),
    q3: z.number().optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .meta({ id: 'SampleSummary', description: 'Without n there are no other numbers.' });

const Shift = z
  .object({
    absolute: z.number().meta({ description: 'Median after minus median before, in the unit.' }),
    ratio: z
      .number()
      .optional()
      .meta({ description: 'Median after divided by before; absent when before is 0.' }),
  })
  .meta({
    id: 'Shift',
    description: 'What was seen. Whether it means anything has not been judged.',
  });

const Verdict = z.enum(['not-judged']);

const Measurement = z
  .object({
    probe: z.string(),
    unit: z.string(),
    node: z.string(),
    peer: z.string().optional(),
    before: SampleSummary,
    after: SampleSummary,
    change: Shift.optional(),
    verdict: Verdict,
  })
  .meta({ id: 'Measurement', description: 'One probe on one node or pair of nodes.' });

export const getMeasurements = defineOperation({
  id: 'getMeasurements',
  summary: "Read a job's before and after, per probe and pair of nodes",
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs/{jobId}/measurements', status: 200 },
  grpc: { service: 'MeasurementService', method: 'GetMeasurements' },
  request: z.strictObject({ jobId: Id }).meta({ id: 'GetMeasurementsRequest' }),
  response: z
    .object({ jobId: Id, verdict: Verdict, measurements: z.array(Measurement) })
    .meta({ id: 'Measurements' }),
  problems: ['job-not-found'],
});

export const Sample = z
  .object({
    phase: z.enum(['before', 'after']),
    attempt: z.int(),
    round: z.int(),
    probe: z.string(),
    unit: z.string(),
    node: z.string(),
    peer: z.string().optional(),
    at: Timestamp,
    value: z.number().optional(),
    invalid: z.string().optional().meta({ description: 'Why there is no value.' }),
  })
  .meta({ id: 'Sample', description: 'One number that was seen, or why none was.' });

export const listSamples = defineOperation({
  id: 'listSamples',
  summary: 'List the raw samples of a job, in the order in which they were taken',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs/{jobId}/samples', status: 200 },
  grpc: { service: 'MeasurementService', method: 'ListSamples' },
  request: z.strictObject({ jobId: Id, ...paging }).meta({ id: 'ListSamplesRequest' }),
  response: z
    .object({ samples: z.array(Sample), nextPageToken })
    .meta({ id: 'ListSamplesResponse' }),
  problems: ['job-not-found', 'page-token-invalid'],
});

/** A piece of a download; the pieces joined are the file. */
export const TextChunk = z
  .object({ contentType: z.string(), text: z.string() })
  .meta({ id: 'TextChunk' });

export const exportSamples = defineOperation({
  id: 'exportSamples',
  summary: 'Download all raw samples of a job as CSV or JSON',
  kind: 'download',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs/{jobId}/samples/export', status: 200 },
  grpc: { service: 'MeasurementService', method: 'ExportSamples' },
  request: z
    .strictObject({ jobId: Id, format: z.enum(['csv', 'json']).default('csv') })
    .meta({ id: 'ExportSamplesRequest' }),
  response: TextChunk,
  contentTypes: ['text/csv', 'application/json'],
  problems: ['job-not-found'],
});
