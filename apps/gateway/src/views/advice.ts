import type { Operations, ResponseOf } from '@fairlead/contract';
import type { Advice } from '@fairlead/core';
import type { ClusterRow, ObservationRow } from '@fairlead/store';

export function toAdvice(
  cluster: ClusterRow,
  rows: readonly ObservationRow[],
  { findings, unseen }: Advice,
  now: Date,
): ResponseOf<Operations['getAdvice']> {
  const observedAt = oldestOf(rows) ?? now;
  return {
    clusterId: cluster.id,
    clusterName: cluster.name,
    observedAt: observedAt.toISOString(),
    observationAgeSeconds: ageSeconds(observedAt, now),
    observations: rows.map((row) => ({
      tuner: row.tuner,
      observedAt: row.observedAt.toISOString(),
      ageSeconds: ageSeconds(row.observedAt, now),
    })),
    findings: [...findings],
    unseen: [...unseen],
  };
}

/** When the oldest of some observations was made; null without any. */
export function oldestOf(rows: readonly ObservationRow[]): Date | null {
  if (rows.length === 0) return null;
  return new Date(Math.min(...rows.map(({ observedAt }) => observedAt.getTime())));
}

function ageSeconds(then: Date, now: Date): number {
  return Math.max(0, (now.getTime() - then.getTime()) / 1000);
}
