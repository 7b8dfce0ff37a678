import { z } from 'zod';

/**
 * The part of the agents' protocol that finds out how large a packet may be: the MTU of links, and the
 * largest packet that crosses the way to another node without being cut up (domain.md 5.4).
 */

/** UDP port at which an agent counts as arrived what another agent sends it. */
export const agentPathPort = 10_712;
/** Smallest packet that every IPv4 and IPv6 link carries, RFC 791 and RFC 8200. */
export const leastMtuBytes = { ipv4: 576, ipv6: 1280 } as const;

const Address = z.union([z.ipv4(), z.ipv6()]);
/** The largest IP packet there is. */
const PacketBytes = z.int().min(68).max(65_535);

/** One link of a network namespace, `lo` left out. */
export const LinkReading = z.strictObject({
  name: z.string(),
  mtuBytes: z.int().nonnegative(),
  addresses: z.array(z.string()),
});
export type LinkReading = z.infer<typeof LinkReading>;

/** Where an agent listens for probes of a path, and what they must begin with. */
export const PathTarget = z.strictObject({
  address: Address,
  port: z.int().min(1).max(65_535),
  /** 32 hexadecimal digits that the listening agent made up: it answers nothing else. */
  token: z.string().regex(/^[0-9a-f]{32}$/),
});
export type PathTarget = z.infer<typeof PathTarget>;

/**
 * What stopped the packet that is one byte larger than the largest that passed.
 * `interface`: nothing; the link that it leaves by takes no larger one. `ceiling`: nothing; no larger was asked for.
 * `too-big`: a router, or the kernel's memory of one, said so: path MTU discovery works.
 * `silence`: it was lost without a word, a black hole: nobody who sends it will ever know.
 * `no-answer`: not even the smallest came through, so that nothing is known.
 */
export const PathStop = z.enum(['interface', 'ceiling', 'too-big', 'silence', 'no-answer']);
export type PathStop = z.infer<typeof PathStop>;

/** The way to one address, in this direction alone. */
export const PathReading = z.strictObject({
  address: z.string(),
  /** The address and the link that the packets left by; null where there is no route. */
  from: z.string().nullable(),
  link: z.string().nullable(),
  linkMtuBytes: z.int().nonnegative().nullable(),
  /** Bytes of the largest IP packet that arrived whole, headers included; null when none did. */
  passesBytes: z.int().positive().nullable(),
  stoppedBy: PathStop,
});
export type PathReading = z.infer<typeof PathReading>;

export const pathOrders = [
  /** MTU of every link in the agent's own network namespace. */
  z.strictObject({ do: z.literal('read-links') }),
  /** The same inside the namespaces of other pods. Only an agent that may look there answers. */
  z.strictObject({ do: z.literal('read-pod-links'), podUids: z.array(z.uuid()).max(200) }),
  /** Listens for probes at those of the addresses that are its own; asked again it goes on for as long. */
  z.strictObject({
    do: z.literal('path-listen'),
    addresses: z.array(Address).max(256),
    seconds: z.int().min(1).max(900),
  }),
  /** Sends packets that nobody may cut up to each target but itself, and finds the largest that arrives. */
  z.strictObject({
    do: z.literal('path-mtu'),
    targets: z.array(PathTarget).max(256),
    /** No larger packet is tried, whatever the link takes. */
    ceilingBytes: PacketBytes,
    /** Of each size, before it counts as lost. */
    attempts: z.int().min(1).max(10),
    timeoutMilliseconds: z.int().min(10).max(5_000),
  }),
] as const;

export const pathAnswers = {
  'read-links': z.strictObject({ links: z.array(LinkReading) }),
  'read-pod-links': z.strictObject({
    pods: z.array(
      z.strictObject({ podUid: z.string(), found: z.boolean(), links: z.array(LinkReading) }),
    ),
  }),
  'path-listen': z.strictObject({ targets: z.array(PathTarget) }),
  'path-mtu': z.strictObject({ paths: z.array(PathReading) }),
} as const;

/** Seconds that a search for the largest packet takes at worst, when every size but the smallest is lost. */
export function pathSearchSeconds(order: {
  readonly ceilingBytes: number;
  readonly attempts: number;
  readonly timeoutMilliseconds: number;
}): number {
  const sizes = 2 + Math.ceil(Math.log2(Math.max(2, order.ceilingBytes)));
  return (sizes * order.attempts * order.timeoutMilliseconds) / 1000;
}
