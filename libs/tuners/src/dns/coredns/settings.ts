import { z } from 'zod';

const capacity = (what: string) =>
  z
    .int()
    .min(1024)
    .max(1_000_000)
    .optional()
    .meta({
      description: `Answers that the cache of ${what} holds in each pod: 1024 (the least that it can hold) to 1000000. CoreDNS’s default is 9984; each takes about a kilobyte of the pod’s memory.`,
    });
const ttl = (what: string, most: number) =>
  z
    .int()
    .min(1)
    .max(most)
    .optional()
    .meta({
      description: `Seconds that ${what} is kept at most, 1 to ${most}. It caps what the answer’s own TTL allows and never extends it.`,
    });
const minTtl = z.int().min(0).max(60).optional().meta({
  description:
    'Seconds that an answer is kept at least, 0 to 60, even where its own TTL is shorter; CoreDNS’s default is 5. Longer than a minute would hide a failover.',
});

/** Source: domain.md 4.3 and CoreDNS's plugin/cache. */
export const CacheSettings = z
  .strictObject({
    ttlSeconds: ttl('any answer', 3600),
    success: z
      .strictObject({
        capacity: capacity('found names'),
        ttlSeconds: ttl('a found name', 3600),
        minTtlSeconds: minTtl,
      })
      .optional()
      .meta({ description: 'The cache of names that exist.' }),
    denial: z
      .strictObject({
        capacity: capacity('names that do not exist'),
        ttlSeconds: ttl('“no such name”', 1800),
        minTtlSeconds: minTtl,
      })
      .optional()
      .meta({ description: 'The cache of names that do not exist: what search paths ask most.' }),
    prefetch: z
      .strictObject({
        amount: z.int().min(1).max(1000).meta({
          description:
            'Queries, 1 to 1000, that make a name popular enough to be asked again early.',
        }),
        durationSeconds: z.int().min(1).max(3600).default(60).meta({
          description: 'Longest gap in seconds, 1 to 3600, between those queries.',
        }),
        percentage: z.int().min(10).max(90).default(10).meta({
          description: 'Share of the TTL that is left when it is asked again: 10 to 90 percent.',
        }),
      })
      .optional()
      .meta({ description: 'Asks popular names again before they expire.' }),
    serveStale: z
      .strictObject({
        durationSeconds: z.int().min(1).max(86_400).default(3600).meta({
          description: 'Seconds, 1 to 86400, after its expiry in which an answer is still given.',
        }),
        mode: z.enum(['immediate', 'verify']).default('verify').meta({
          description:
            'Whether an expired answer is given at once, or only after the source was asked in vain.',
        }),
      })
      .optional()
      .meta({ description: 'Gives expired answers when the source does not answer.' }),
  })
  .refine(
    (asked) => Object.values(asked).some((part) => part !== undefined),
    'must ask for something',
  );
export type CacheSettings = z.infer<typeof CacheSettings>;

export const ForwardSettings = z
  .strictObject({
    maxConcurrent: z.int().min(100).max(100_000).optional().meta({
      description:
        'Queries that wait for an upstream at the same time, 100 to 100000; more are refused. Each takes about 2 kB. kubeadm sets 1000.',
    }),
    policy: z.enum(['random', 'round_robin', 'sequential']).optional().meta({
      description: 'Which upstream is asked next; CoreDNS’s default is random.',
    }),
    transport: z.enum(['as-asked', 'force-tcp', 'prefer-udp']).optional().meta({
      description:
        'How upstreams are asked: as the client asked, always over TCP (no loss and no conntrack race, but some resolvers limit it), or first over UDP.',
    }),
  })
  .refine(
    (asked) => Object.values(asked).some((part) => part !== undefined),
    'must ask for something',
  );
export type ForwardSettings = z.infer<typeof ForwardSettings>;

/** An HPA of ours. Source: domain.md 4.4. */
export const AutoscalerSettings = z
  .strictObject({
    minReplicas: z.int().min(2).max(1000).meta({
      description: 'Pods that always run, 2 to 1000: one alone is a single point of failure.',
    }),
    maxReplicas: z.int().min(2).max(1000).meta({ description: 'Pods at most, 2 to 1000.' }),
    cpuPercent: z.int().min(20).max(95).meta({
      description:
        'CPU use aimed at, 20 to 95 percent of what the pods request: 70 with a request of 100m is 70m.',
    }),
  })
  .refine(({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas, {
    message: 'must be at least minReplicas',
    path: ['maxReplicas'],
  });
export type AutoscalerSettings = z.infer<typeof AutoscalerSettings>;

export const CoreDnsSettings = z
  .strictObject({
    cache: CacheSettings.optional().meta({
      description: 'The cache of the cluster’s server block.',
    }),
    forward: ForwardSettings.optional().meta({
      description: 'How names outside the cluster are asked for.',
    }),
    autopath: z.boolean().optional().meta({
      description:
        'Whether the server walks a pod’s search path itself: one query instead of up to four. It watches every pod for that, which takes memory, and does not work behind a node-local cache.',
    }),
    lameduckSeconds: z.int().min(0).max(60).optional().meta({
      description:
        'Seconds, 0 to 60, that a stopping pod still answers, so that no query goes to one that is gone; 5 is usual.',
    }),
    ready: z.literal(true).optional().meta({
      description: 'The port on which the pod says that it is ready, :8181.',
    }),
    autoscaler: AutoscalerSettings.optional().meta({
      description: 'A HorizontalPodAutoscaler that sets the number of pods by their CPU use.',
    }),
    allowDecrease: z.boolean().default(false).meta({
      description:
        'Whether cache capacities, max_concurrent and the number of pods may fall below what they are.',
    }),
  })
  .refine(
    ({ allowDecrease: _allow, ...asked }) =>
      Object.values(asked).some((part) => part !== undefined),
    'must ask for something',
  );
export type CoreDnsSettings = z.infer<typeof CoreDnsSettings>;
