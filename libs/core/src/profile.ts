import { z } from 'zod';
import { AnyJsonObject } from './json.js';

/** Settings for several tuners, by tuner name. The tuners' own schemas check what stands inside. */
export const ProfileSettings = z
  .record(z.string().max(64), AnyJsonObject)
  .meta({ id: 'ProfileSettings' });
export type ProfileSettings = z.infer<typeof ProfileSettings>;

/** How a job measures: rounds before and as many after, each with the same probes on the same node pairs. */
export const Measuring = z
  .strictObject({
    rounds: z.int().min(1).max(100).default(5),
    attemptsPerRound: z.int().min(1).max(1000).default(20),
    intervalMilliseconds: z.int().min(1).max(5000).default(20),
    /** Wait after the last change before measuring again. */
    settleSeconds: z.int().min(0).max(3600).default(5),
    /** Node pairs that are probed, at most. */
    nodePairs: z.int().min(1).max(64).default(4),
  })
  .meta({ id: 'Measuring' });
export type Measuring = z.infer<typeof Measuring>;
