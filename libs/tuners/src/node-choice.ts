import { z } from 'zod';

/** What becomes of a plan when some nodes cannot be written to. */
export const UnsupportedNodes = z.enum(['refuse', 'skip']).default('refuse').meta({
  description:
    'What becomes of a plan when some nodes cannot be written to: refuse it, or leave those nodes out and name them.',
});

/** Which nodes a tuner that writes to nodes is asked for. */
export const NodeChoice = z
  .strictObject({
    matchLabels: z
      .record(z.string().max(317), z.string().max(63))
      .refine((labels) => Object.keys(labels).length > 0, 'must name a label'),
  })
  .optional();
