import { z } from 'zod';
import { Json } from '../fields.js';

const Difference = z
  .object({
    changeId: z.string(),
    where: z.string().meta({ examples: ['node shop-n1 net.core.somaxconn'] }),
    before: Json.optional(),
    written: Json.optional(),
    now: Json.optional(),
  })
  .meta({
    id: 'Difference',
    description: 'A place that holds neither what was there before nor what the job wrote.',
  });

/** Why a job or a cluster is where it is, in the words of the problem catalogue. */
export const Problem = z
  .object({
    code: z.string(),
    message: z.string(),
    remedy: z.string().optional(),
    differences: z.array(Difference),
  })
  .meta({
    id: 'ResourceProblem',
    description: 'What stopped a job, or keeps a cluster from being used.',
  });
