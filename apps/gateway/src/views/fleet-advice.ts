import type { Operations, ResponseOf } from '@fairlead/contract';
import type { Advice, Finding } from '@fairlead/core';
import type { ClusterRow, ObservationRow } from '@fairlead/store';
import { oldestOf } from './advice.js';

type FleetFinding = ResponseOf<Operations['listFleetAdvice']>['findings'][number];

interface Gathered {
  readonly finding: Finding;
  readonly clusters: { readonly clusterId: string; readonly clusterName: string }[];
}

const shownClusters = 100;
const urgency = ['act', 'consider', 'unknown', 'leave-alone'] as const;

/** Findings of many clusters, gathered by what was found. */
export class FleetAdvice {
  readonly #gathered = new Map<string, Gathered>();
  #seen = 0;
  #unseen = 0;
  #oldest: Date | null = null;

  add(cluster: ClusterRow, rows: readonly ObservationRow[], { findings }: Advice): void {
    this.#seen += 1;
    const oldest = oldestOf(rows);
    if (oldest !== null && (this.#oldest === null || oldest < this.#oldest)) this.#oldest = oldest;
    for (const finding of findings) {
      const key = `${urgency.indexOf(finding.verdict)} ${finding.tuner} ${finding.code}`;
      const known = this.#gathered.get(key) ?? { finding, clusters: [] };
      this.#gathered.set(key, known);
      const isNew = known.clusters.at(-1)?.clusterId !== cluster.id;
      if (isNew) known.clusters.push({ clusterId: cluster.id, clusterName: cluster.name });
    }
  }

  addUnseen(): void {
    this.#unseen += 1;
  }

  /**
   * One page of findings, what to act on first. `after` is the key of the last one shown; keys do not
   * depend on counts, so a fleet that changes meanwhile shifts no page.
   */
  page(limit: number, after: string | undefined) {
    const ordered = [...this.#gathered]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .filter(([key]) => after === undefined || key > after);
    const shown = ordered.slice(0, limit);
    const last = shown.at(-1)?.[0];
    return {
      findings: shown.map(([, gathered]) => toFleetFinding(gathered)),
      clustersSeen: this.#seen,
      clustersNotSeen: this.#unseen,
      ...(this.#oldest !== null && { oldestObservedAt: this.#oldest.toISOString() }),
      next: ordered.length > limit ? last : undefined,
    };
  }
}

function toFleetFinding({ finding, clusters }: Gathered): FleetFinding {
  const { tuner, code, verdict, message, parameters, sources } = finding;
  return {
    tuner,
    code,
    verdict,
    message,
    clusterCount: clusters.length,
    clusters: clusters
      .toSorted((a, b) => (a.clusterName < b.clusterName ? -1 : 1))
      .slice(0, shownClusters),
    parameters: [...parameters],
    sources: [...sources],
  };
}
