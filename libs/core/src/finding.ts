import { z } from 'zod';
import { AnyJsonObject } from './json.js';

/** One thing that was seen, in the words and the unit of its source. */
export const Evidence = z
  .strictObject({
    /** `Services`, `conntrack.drop on n1`. */
    what: z.string(),
    value: z.string(),
    /** Where it was read: an object, a node, a counter. */
    where: z.string(),
  })
  .meta({ id: 'Evidence' });
export type Evidence = z.infer<typeof Evidence>;

/** What a tuner makes of an observation. Advice claims no gain: only a measured job can. */
export const Finding = z
  .strictObject({
    tuner: z.string(),
    /** Stable, `kube-proxy-few-services`. */
    code: z.string(),
    /** `act`: harm is seen or certain; `consider`: may help, try it; `leave-alone`: changing it brings nothing; `unknown`: could not be seen. */
    verdict: z.enum(['act', 'consider', 'leave-alone', 'unknown']),
    /** One sentence to the user: what is so, and what to do. */
    message: z.string(),
    evidence: z.array(Evidence),
    /** The parameters that it is about, by their names in the catalogue. */
    parameters: z.array(z.string()),
    /** Settings of this tuner to try, where there are any. */
    recommended: AnyJsonObject.optional(),
    sources: z.array(z.string()),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof Finding>;
