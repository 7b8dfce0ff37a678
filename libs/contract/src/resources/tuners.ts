import { z } from 'zod';
import { defineOperation } from '../operation.js';
import { JsonMembers } from '../fields.js';

const OwnedParameter = z
  .object({
    name: z.string(),
    unit: z.string(),
    scope: z.string().meta({ description: 'node, new-pods, pod or cluster.' }),
    cost: z
      .string()
      .meta({ description: 'none, pod-restart, agent-restart, node-roll or connection-cut.' }),
    source: z.string(),
  })
  .meta({
    id: 'OwnedParameter',
    description: 'A parameter that this tuner, and no other, changes.',
  });

const RbacRule = z
  .object({
    namespace: z
      .string()
      .optional()
      .meta({ description: 'Absent for a rule of the whole cluster.' }),
    apiGroup: z.string(),
    resources: z.array(z.string()),
    verbs: z.array(z.string()),
    resourceNames: z.array(z.string()),
    reason: z.string(),
  })
  .meta({ id: 'RbacRule', description: 'A right that the tuner needs in a cluster, and why.' });

export const Tuner = z
  .object({
    name: z.string(),
    title: z.string(),
    settingsSchema: JsonMembers.meta({ description: 'JSON Schema 2020-12 of its settings.' }),
    parameters: z.array(OwnedParameter),
    rbac: z.array(RbacRule),
  })
  .meta({ id: 'Tuner', description: 'One domain that Fairlead knows how to tune.' });

export const listTuners = defineOperation({
  id: 'listTuners',
  summary: 'List the tuners with the JSON Schema of their settings',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/tuners', status: 200 },
  grpc: { service: 'TunerService', method: 'ListTuners' },
  request: z.strictObject({}).meta({ id: 'ListTunersRequest' }),
  response: z.object({ tuners: z.array(Tuner) }).meta({ id: 'ListTunersResponse' }),
  problems: [],
});
