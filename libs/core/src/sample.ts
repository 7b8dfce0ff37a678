import { z } from 'zod';

export const phases = ['before', 'after'] as const;
export const Phase = z.enum(phases).meta({ id: 'Phase' });
export type Phase = z.infer<typeof Phase>;

/** One number that was seen: a probe's attempt, or a counter's growth over a round. */
export const Sample = z
  .strictObject({
    phase: Phase,
    /** Which try at the phase: a worker that takes over measures it anew, and only the last try counts. */
    attempt: z.int().nonnegative(),
    round: z.int().nonnegative(),
    /** `tcp-crr.cluster-ip`, `counter.TcpExt.ListenDrops`. */
    probe: z.string(),
    unit: z.enum(['milliseconds', 'count', 'ratio', 'bytes']),
    node: z.string(),
    /** The other end, where there is one. */
    peer: z.string().optional(),
    at: z.iso.datetime(),
    /** Absent when the attempt gave no number; `invalid` then says why and it is counted, never averaged. */
    value: z.number().optional(),
    invalid: z.string().optional(),
  })
  .meta({ id: 'Sample' });
export type Sample = z.infer<typeof Sample>;

/** What a tuner wants measured: a probe of the agents, or the growth of a counter on every node. */
export const ProbeSpec = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('tcp-crr'), via: z.enum(['cluster-ip', 'direct']) }),
    z.strictObject({ type: z.literal('tcp-rr') }),
    z.strictObject({ type: z.literal('udp-rr') }),
    /**
     * `hit`: the same name each time. `miss`: a name below it that nobody has asked for. `absent`: the same name,
     * which does not exist.
     */
    z.strictObject({
      type: z.literal('dns'),
      name: z.string(),
      lookup: z.enum(['hit', 'miss', 'absent']).optional(),
    }),
    /** Questions that one lookup of the name costs, by the search path and ndots of a new pod. */
    z.strictObject({ type: z.literal('dns-cost'), name: z.string() }),
    z.strictObject({ type: z.literal('counter'), counter: z.string() }),
  ])
  .meta({ id: 'ProbeSpec' });
export type ProbeSpec = z.infer<typeof ProbeSpec>;

/** The name that a spec's samples carry. */
export function probeName(spec: ProbeSpec): string {
  switch (spec.type) {
    case 'tcp-crr':
      return `tcp-crr.${spec.via}`;
    case 'dns': {
      const { lookup = 'hit' } = spec;
      return lookup === 'hit' ? `dns.${spec.name}` : `dns-${lookup}.${spec.name}`;
    }
    case 'dns-cost':
      return `dns-cost.${spec.name}`;
    case 'counter':
      return `counter.${spec.counter}`;
    default:
      return spec.type;
  }
}
