import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { JsonMembers } from '../fields.js';

const Parameter = z
  .object({
    name: z.string(),
    title: z.string().optional().meta({ description: 'What it decides, in a few words.' }),
    owner: z
      .string()
      .optional()
      .meta({ description: 'Whose configuration decides the value in the end.' }),
    tuner: z
      .string()
      .optional()
      .meta({ description: 'Which tuner changes it; absent when it is only known.' }),
    unit: z.string(),
    valueSchema: JsonMembers.optional().meta({
      description:
        'JSON Schema 2020-12 of its values, bounds included; the bounds of a duration stand in `x-minimum-seconds` and `x-maximum-seconds`.',
    }),
    scope: z.string().meta({ description: 'node, new-pods, pod or cluster.' }),
    cost: z.string().meta({
      description:
        'What a change costs: none, pod-restart, agent-restart, node-roll or connection-cut.',
    }),
    sinceKubernetes: z.string().optional(),
    untilKubernetes: z
      .string()
      .optional()
      .meta({ description: 'The last minor version that knows it.' }),
    sinceKernel: z.string().optional(),
    source: z.string(),
  })
  .meta({ id: 'Parameter', description: 'One parameter of a cluster’s network.' });

export const listParameters = defineOperation({
  id: 'listParameters',
  summary: 'List every parameter that is known: its owner, scope, unit, bounds, cost and source',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/parameters', status: 200 },
  grpc: { service: 'TunerService', method: 'ListParameters' },
  request: z
    .strictObject({
      owner: z
        .string()
        .max(64)
        .optional()
        .meta({ description: 'Only parameters of this owner.', examples: ['kube-proxy'] }),
      tuner: z
        .string()
        .max(64)
        .optional()
        .meta({ description: 'Only parameters that this tuner changes.' }),
    })
    .meta({ id: 'ListParametersRequest' }),
  response: z.object({ parameters: z.array(Parameter) }).meta({ id: 'ListParametersResponse' }),
  problems: [],
});
