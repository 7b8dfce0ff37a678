import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { Id, PlanHash, Settings, Timestamp } from '../fields.js';
import { Plan } from './plan-view.js';

const PreviewedPlan = z
  .object({
    clusterId: Id,
    plan: Plan,
    planHash: PlanHash,
    observedAt: Timestamp.meta({
      description: 'When the oldest observation behind the plan was made.',
    }),
    observationAgeSeconds: z.number(),
  })
  .meta({ id: 'PreviewPlanResponse' });

export const previewPlan = defineOperation({
  id: 'previewPlan',
  summary: 'See what a profile or settings would change on a cluster, without writing',
  description:
    'Planned over the latest stored observation. A job observes anew, so its plan may differ; its hash tells.',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'POST', path: '/v1/plans/preview', status: 200 },
  grpc: { service: 'PlanService', method: 'PreviewPlan' },
  request: z
    .strictObject({
      clusterId: Id,
      profileId: Id.optional().meta({ description: 'Exactly one of `profileId` and `settings`.' }),
      profileRevision: z.int().min(1).max(2_147_483_647).optional(),
      settings: Settings.optional(),
    })
    .meta({
      id: 'PreviewPlanRequest',
      examples: [
        {
          clusterId: '01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22',
          settings: { sysctl: { host: { 'net.core.somaxconn': { atLeast: 4096 } } } },
        },
      ],
    }),
  response: PreviewedPlan,
  problems: [
    'cluster-not-found',
    'cluster-not-observed',
    'profile-not-found',
    'profile-revision-not-found',
    'profile-or-settings',
    'settings-invalid',
    'unknown-tuner',
  ],
});
