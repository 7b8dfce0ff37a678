import { z } from 'zod';
import { NodeChoice, UnsupportedNodes } from '../node-choice.js';
import { timeoutNames, timeouts, type TimeoutName } from './timeouts.js';

/**
 * Entries of the table, each about 320 bytes that cannot be swapped. Smaller than 32768 is below what
 * any node starts with; 8388608 is 2.5 GiB, more than any node has needed so far.
 */
export const MaxEntries = z.int().min(32_768).max(8_388_608).meta({
  description:
    'Entries that the connection table of each node may hold: 32768 to 8388608, each about 320 bytes of kernel memory when in use.',
});

/**
 * Buckets of the hash table. The kernel rounds their number up to whole pages of pointers, 512 of
 * them on 4 KiB pages and 8192 on 64 KiB pages, so only multiples of 8192 are kept everywhere as asked.
 */
export const Buckets = z.int().min(8192).max(8_388_608).multipleOf(8192).meta({
  description:
    'Buckets of the hash table, a multiple of 8192 (the kernel rounds to whole pages), 8 bytes each. One bucket per entry is what current kernels choose; fewer than a quarter makes lookups slow.',
});

export type Timeouts = Readonly<Partial<Record<TimeoutName, number>>>;

const Timeouts = z.strictObject(
  Object.fromEntries(
    timeoutNames.map((name) => {
      const { min, max, bounds, kernelDefault } = timeouts[name];
      const description = `Seconds, ${min} to ${max}. ${bounds} Kernel default: ${kernelDefault}.`;
      return [name, z.int().min(min).max(max).optional().meta({ description })];
    }),
  ),
) as unknown as z.ZodType<Timeouts>;

export const ConntrackSettings = z
  .strictObject({
    maxEntries: MaxEntries.optional(),
    buckets: Buckets.optional(),
    timeoutSeconds: Timeouts.optional().meta({
      description: 'How long an entry stays without a packet, by state of its connection.',
    }),
    tcpBeLiberal: z.boolean().optional().meta({
      description:
        'Whether packets outside the TCP window pass instead of counting as invalid; for asymmetric routing.',
    }),
    allowDecrease: z.boolean().default(false).meta({
      description:
        'Whether maxEntries and buckets may fall where a node has more. Timeouts are always set as asked.',
    }),
    allowLargeTable: z.boolean().default(false).meta({
      description:
        'Whether a full table may take more than 5 % of a node’s memory. Such a plan is refused otherwise.',
    }),
    unsupportedNodes: UnsupportedNodes,
    nodes: NodeChoice.meta({
      description:
        'Only nodes with these labels; all Linux nodes without it. What kube-proxy decides is decided for all of its nodes.',
    }),
  })
  .refine(
    ({ maxEntries, buckets, timeoutSeconds, tcpBeLiberal }) =>
      maxEntries !== undefined ||
      buckets !== undefined ||
      tcpBeLiberal !== undefined ||
      Object.keys(timeoutSeconds ?? {}).length > 0,
    'must ask for something',
  )
  .refine(({ maxEntries = 0, buckets = Infinity }) => buckets * 16 >= maxEntries, {
    message: 'must be at least a sixteenth of maxEntries',
    path: ['buckets'],
  });
export type ConntrackSettings = z.infer<typeof ConntrackSettings>;
