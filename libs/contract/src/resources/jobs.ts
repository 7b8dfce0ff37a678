import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { Id, nextPageToken, paging, PlanHash, validateOnly } from '../fields.js';
import { Job, JobEvent, JobSummary } from './job-view.js';
import { JobState, MeasuringRequest, UndoConflictChoice } from './job-words.js';

const idOnly = { jobId: Id };

export const createJob = defineOperation({
  id: 'createJob',
  summary: 'Run a profile on a cluster',
  description:
    'Answers as soon as the job is stored; watch it. It waits for an approval of its plan unless `approval` says otherwise, which takes the role approver.',
  kind: 'mutation',
  role: 'operator',
  rest: {
    method: 'POST',
    path: '/v1/jobs',
    query: ['validateOnly'],
    status: 202,
    location: '/v1/jobs/{id}',
  },
  grpc: { service: 'JobService', method: 'CreateJob' },
  request: z
    .strictObject({
      clusterId: Id,
      profileId: Id,
      profileRevision: z.int().min(1).max(2_147_483_647).optional().meta({
        description: 'The newest when absent.',
      }),
      approval: z.enum(['required', 'not-required']).default('required'),
      measuring: MeasuringRequest.optional(),
      validateOnly,
    })
    .meta({
      id: 'CreateJobRequest',
      examples: [
        {
          clusterId: '01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22',
          profileId: '01938f3b-0b5c-7a11-8d0e-3c2b1a495867',
          measuring: { rounds: 10 },
        },
      ],
    }),
  response: Job,
  problems: [
    'cluster-not-found',
    'profile-not-found',
    'profile-revision-not-found',
    'settings-invalid',
    'unknown-tuner',
    'forbidden',
  ],
});

export const getJob = defineOperation({
  id: 'getJob',
  summary: 'Read a job with its plan and its journal',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs/{jobId}', status: 200 },
  grpc: { service: 'JobService', method: 'GetJob' },
  request: z.strictObject({ ...idOnly }).meta({ id: 'GetJobRequest' }),
  response: Job,
  problems: ['job-not-found'],
});

export const listJobs = defineOperation({
  id: 'listJobs',
  summary: 'List jobs, newest first',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs', status: 200 },
  grpc: { service: 'JobService', method: 'ListJobs' },
  request: z
    .strictObject({
      clusterId: Id.optional(),
      state: z.array(JobState).max(32).default([]),
      ...paging,
    })
    .meta({ id: 'ListJobsRequest' }),
  response: z.object({ jobs: z.array(JobSummary), nextPageToken }).meta({ id: 'ListJobsResponse' }),
  problems: ['page-token-invalid'],
});

export const approveJob = defineOperation({
  id: 'approveJob',
  summary: 'Approve exactly the plan that you saw, by its hash',
  kind: 'mutation',
  role: 'approver',
  rest: { method: 'POST', path: '/v1/jobs/{jobId}/approve', query: ['validateOnly'], status: 202 },
  grpc: { service: 'JobService', method: 'ApproveJob' },
  request: z.strictObject({ ...idOnly, planHash: PlanHash, validateOnly }).meta({
    id: 'ApproveJobRequest',
    examples: [{ planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }],
  }),
  response: Job,
  problems: ['job-not-found', 'job-not-awaiting-approval', 'plan-changed'],
});

export const cancelJob = defineOperation({
  id: 'cancelJob',
  summary: 'Stop a job and take back what it wrote',
  description: 'May be asked at any time before the job has ended; asking twice changes nothing.',
  kind: 'mutation',
  role: 'operator',
  rest: { method: 'POST', path: '/v1/jobs/{jobId}/cancel', query: ['validateOnly'], status: 202 },
  grpc: { service: 'JobService', method: 'CancelJob' },
  request: z.strictObject({ ...idOnly, validateOnly }).meta({ id: 'CancelJobRequest' }),
  response: Job,
  problems: ['job-not-found', 'job-has-ended'],
});

export const undoJob = defineOperation({
  id: 'undoJob',
  summary: 'Put back what a finished job changed',
  description:
    'Three-way: where somebody else changed a value since, `onConflict` decides, and by default nothing is undone and the differences are shown.',
  kind: 'mutation',
  role: 'operator',
  rest: { method: 'POST', path: '/v1/jobs/{jobId}/undo', query: ['validateOnly'], status: 202 },
  grpc: { service: 'JobService', method: 'UndoJob' },
  request: z
    .strictObject({ ...idOnly, onConflict: UndoConflictChoice.default('stop'), validateOnly })
    .meta({ id: 'UndoJobRequest', examples: [{ onConflict: 'stop' }] }),
  response: Job,
  problems: ['job-not-found', 'job-not-undoable'],
});

export const watchJob = defineOperation({
  id: 'watchJob',
  summary: 'Stream the events of a job',
  description:
    'Starts with the first event, or after the cursor given by `after` or the header Last-Event-ID. When the job has ended and all its events were sent, a last event `watch.ended` follows and the stream closes. A job that is undone later moves again: watch it anew from the last cursor.',
  kind: 'watch',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/jobs/{jobId}/events', status: 200 },
  grpc: { service: 'JobService', method: 'WatchJob' },
  request: z
    .strictObject({
      ...idOnly,
      after: z
        .string()
        .max(64)
        .optional()
        .meta({ description: '`cursor` of the last event received.' }),
    })
    .meta({ id: 'WatchJobRequest' }),
  response: JobEvent,
  problems: ['job-not-found', 'cursor-unusable', 'too-many-streams'],
});
