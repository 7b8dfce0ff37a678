import { z } from 'zod';
import type { Operations } from '@fairlead/contract';
import type { RbacRule, Tuner } from '@fairlead/core';
import type { HandlerOf } from '../call/context.js';

export const listTuners: HandlerOf<Operations['listTuners']> = (_input, { tuners }) =>
  Promise.resolve({ tuners: tuners.map(toTuner) });

function toTuner({ name, title, settings, parameters, rbac }: Tuner) {
  return {
    name,
    title,
    settingsSchema: z.toJSONSchema(settings, { io: 'input' }) as Record<
      string,
      z.core.util.JSONType
    >,
    parameters: [...parameters],
    rbac: rbac.map(toRule),
  };
}

function toRule({ scope, apiGroup, resources, verbs, resourceNames = [], reason }: RbacRule) {
  return {
    ...(scope !== 'cluster' && { namespace: scope.namespace }),
    apiGroup,
    resources: [...resources],
    verbs: [...verbs],
    resourceNames: [...resourceNames],
    reason,
  };
}
