import type { ProbeAttempt, ProbeOrder } from '@fairlead/core';
import type { SeededRandom } from '../seeded-random.js';

/**
 * How long an attempt takes. INVENTED: a log-normal around these medians and nothing else. No kernel
 * key and no proxy mode moves them, so that the simulator can never seem to prove that a setting
 * helps. The one dependence is the harm that is certain: a full connection table fails new ones.
 */
const medianMilliseconds = {
  'tcp-crr': 0.42,
  'tcp-rr': 0.16,
  'udp-rr': 0.15,
  dns: 0.55,
  'dns-cost': 0.9,
} as const;
const sigma = 0.25;

/** What the far end does with an attempt. */
export type Reach = 'answers' | 'refuses' | 'silent' | 'unknown-name';

export interface ProbeConditions {
  readonly reach: Reach;
  /** The table of the node that probes has no room. */
  readonly isTableFull: boolean;
}

/** All attempts of a probe, on the schedule that it asked for. */
export function attemptsOf(
  probe: ProbeOrder,
  conditions: ProbeConditions,
  random: SeededRandom,
): ProbeAttempt[] {
  return Array.from({ length: probe.count }, (_, index) => {
    const dueMilliseconds = index * probe.intervalMilliseconds;
    return { dueMilliseconds, ...outcome(probe, conditions, random, index) };
  });
}

function outcome(
  probe: ProbeOrder,
  { reach, isTableFull }: ProbeConditions,
  random: SeededRandom,
  index: number,
): { milliseconds: number } | { error: string } {
  // One connection, or one socket, serves all attempts of the rr probes: only its first packet is new.
  const isNew =
    probe.type === 'tcp-crr' || probe.type === 'dns' || probe.type === 'dns-cost' || index === 0;
  if (reach === 'silent' || (isTableFull && isNew)) return { error: 'timeout' };
  if (reach === 'refuses') return { error: 'ECONNREFUSED' };
  const isAnswer = probe.type === 'dns' && probe.absentIsAnswer === true;
  if (reach === 'unknown-name' && !isAnswer) return { error: 'NXDOMAIN' };
  const milliseconds = random.lognormal(medianMilliseconds[probe.type], sigma);
  return milliseconds > probe.timeoutMilliseconds ? { error: 'timeout' } : { milliseconds };
}
