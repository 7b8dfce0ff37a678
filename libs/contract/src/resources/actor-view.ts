import { z } from 'zod';

export const Actor = z
  .object({
    kind: z.enum(['api-key', 'system']),
    id: z.string(),
    name: z.string(),
  })
  .meta({
    id: 'Actor',
    description: 'Who did it: the holder of a key, or Fairlead on a stored wish.',
  });
