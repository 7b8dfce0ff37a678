import { z } from 'zod';
import type { Operations } from '@fairlead/contract';
import { parameterCatalogue, type CatalogueParameter } from '@fairlead/tuners';
import type { HandlerOf } from '../call/context.js';

export const listParameters: HandlerOf<Operations['listParameters']> = (
  { owner, tuner },
  { tuners },
) =>
  Promise.resolve({
    parameters: parameterCatalogue(tuners)
      .filter((one) => owner === undefined || one.owner === owner)
      .filter((one) => tuner === undefined || one.tuner === tuner)
      .map(toParameter),
  });

function toParameter({ value, tuner, ...parameter }: CatalogueParameter) {
  return {
    ...parameter,
    ...(tuner !== null && { tuner }),
    ...(value && {
      valueSchema: z.toJSONSchema(value) as Record<string, z.core.util.JSONType>,
    }),
  };
}
