import { z } from 'zod';

const Violation = z
  .object({
    path: z.string().meta({ description: 'JSON Pointer into the request.', examples: ['/name'] }),
    code: z.string(),
    message: z.string(),
  })
  .meta({ id: 'Violation' });

/** The body of every answer that is no success (RFC 9457). */
export const ProblemSchema = z
  .object({
    type: z.url().meta({ examples: ['https://fairlead.dev/problems/job-not-found'] }),
    code: z.string().meta({ description: 'Last segment of the type; the same over gRPC.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    remedy: z.string().optional().meta({ description: 'What to do about it.' }),
    violations: z.array(Violation).optional(),
    instance: z.string().optional().meta({ description: 'Names this one occurrence.' }),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'https://fairlead.dev/problems/job-not-found',
        code: 'job-not-found',
        title: 'No such job',
        status: 404,
        detail: 'There is no job 01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22.',
        remedy: 'List the jobs to see which exist.',
      },
    ],
  });
