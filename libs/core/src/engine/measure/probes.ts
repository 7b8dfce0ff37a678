import type { ProbeAttempt, ProbeOrder } from '../../agent-protocol.js';
import type { Measuring } from '../../profile.js';
import { probeName, type ProbeSpec, type Sample } from '../../sample.js';
import type { EngineCluster, ProbeEnd } from '../ports.js';

export interface NodePair {
  readonly from: ProbeEnd;
  readonly to: ProbeEnd;
}

const timeoutMilliseconds = 2000;
const payloadBytes = 64;

/**
 * At most `limit` pairs, each node once as a client, in a ring by node name: the same nodes give the
 * same pairs before and after. A cluster of one node is measured with itself.
 */
export function pairsOf(ends: readonly ProbeEnd[], limit: number): readonly NodePair[] {
  const ring = ends.toSorted((a, b) => (a.node < b.node ? -1 : 1));
  return ring.slice(0, limit).flatMap((from, at) => {
    const to = ring[(at + 1) % ring.length];
    return to === undefined ? [] : [{ from, to }];
  });
}

interface PairProbe {
  readonly spec: Exclude<ProbeSpec, { type: 'counter' }>;
  readonly pair: NodePair;
  readonly dnsAddress: string | null;
  readonly measuring: Measuring;
  readonly place: Pick<Sample, 'phase' | 'attempt' | 'round'>;
  readonly cluster: EngineCluster;
  readonly signal: AbortSignal;
}

/** One round of one probe between two nodes: every attempt becomes a sample, failed ones too. */
export async function probePair(probe: PairProbe): Promise<Sample[]> {
  const { spec, pair, place, cluster, signal } = probe;
  const order = orderOf(probe);
  if (order === null) return [];
  const answer = await cluster.askPod(pair.from.node, { do: 'probe', probe: order }, signal);
  const startedAt = new Date(answer.startedAt).getTime();
  return answer.attempts.map((attempt): Sample => ({
    ...place,
    probe: probeName(spec),
    unit: spec.type === 'dns-cost' ? 'count' : 'milliseconds',
    node: pair.from.node,
    ...(spec.type !== 'dns' && spec.type !== 'dns-cost' && { peer: pair.to.node }),
    at: new Date(startedAt + attempt.dueMilliseconds).toISOString(),
    ...valueOf(spec, attempt),
  }));
}

function valueOf(spec: ProbeSpec, attempt: ProbeAttempt): Pick<Sample, 'value' | 'invalid'> {
  const value = spec.type === 'dns-cost' ? attempt.queries : attempt.milliseconds;
  if (attempt.error !== undefined || value === undefined) {
    return { invalid: attempt.error ?? 'no-value' };
  }
  return { value };
}

/** Null when the cluster has nothing that the probe could ask. */
function orderOf({ spec, pair, dnsAddress, measuring }: PairProbe): ProbeOrder | null {
  const pacing = {
    count: measuring.attemptsPerRound,
    intervalMilliseconds: measuring.intervalMilliseconds,
    timeoutMilliseconds,
  };
  const { podAddress, serviceAddress, port } = pair.to;
  switch (spec.type) {
    case 'tcp-crr': {
      const address = spec.via === 'direct' ? podAddress : serviceAddress;
      return { type: 'tcp-crr', target: { address, port }, payloadBytes, ...pacing };
    }
    case 'tcp-rr':
    case 'udp-rr':
      return { type: spec.type, target: { address: podAddress, port }, payloadBytes, ...pacing };
    case 'dns':
      if (dnsAddress === null) return null;
      return {
        type: 'dns',
        target: { address: dnsAddress, port: 53 },
        name: spec.name,
        ...(spec.lookup === 'miss' && { fresh: true }),
        ...((spec.lookup === 'miss' || spec.lookup === 'absent') && { absentIsAnswer: true }),
        ...pacing,
      };
    case 'dns-cost':
      return { type: 'dns-cost', name: spec.name, ...pacing };
  }
}
