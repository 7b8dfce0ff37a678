import type { Operations, ResponseOf } from '@fairlead/contract';
import type { ClusterRow } from '@fairlead/store';
import { toProblem } from './problems.js';

export function clusterEtag({ version }: Pick<ClusterRow, 'version'>): string {
  return `v${version}`;
}

export function toCluster(row: ClusterRow): ResponseOf<Operations['getCluster']> {
  const { id, name, endpoint, state, problem, identity, facts, checkedAt } = row;
  return {
    id,
    name,
    labels: { ...row.labels },
    endpoint,
    state,
    ...(problem && { problem: toProblem(problem) }),
    ...(identity && { identity }),
    ...(facts && { facts }),
    etag: clusterEtag(row),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(checkedAt && { checkedAt: checkedAt.toISOString() }),
  };
}
