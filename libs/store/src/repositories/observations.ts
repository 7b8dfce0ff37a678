import { NotFound, type JsonObject } from '@fairlead/core';
import type { ObservationRow, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import { isForeignKeyViolation } from '../database/database-errors.js';
import { fromJson } from '../database/json-column.js';
import { knownId } from '../ids.js';

export function observationsIn(db: Db): Tx['observations'] {
  return {
    async latest(clusterId) {
      const rows = await db.observation.findMany({
        where: { clusterId: knownId('cluster', clusterId) },
        orderBy: { tuner: 'asc' },
      });
      return rows.map(({ tuner, observation, observedAt }) => ({
        tuner,
        observation: fromJson<JsonObject>(observation),
        observedAt,
      }));
    },

    async latestOf(clusterIds) {
      const ids = clusterIds.map((id) => knownId('cluster', id));
      const rows = await db.observation.findMany({
        where: { clusterId: { in: ids } },
        orderBy: [{ clusterId: 'asc' }, { tuner: 'asc' }],
      });
      const byCluster = new Map<string, ObservationRow[]>();
      for (const { clusterId, tuner, observation, observedAt } of rows) {
        const known = byCluster.get(clusterId) ?? [];
        known.push({ tuner, observation: fromJson<JsonObject>(observation), observedAt });
        byCluster.set(clusterId, known);
      }
      return byCluster;
    },

    async put(clusterId, observations) {
      await putObservations(db, knownId('cluster', clusterId), observations);
    },
  };
}

/** Replaces what was last seen by each tuner named. */
export async function putObservations(
  db: Db,
  clusterId: string,
  observations: Readonly<Record<string, JsonObject>>,
): Promise<void> {
  try {
    await db.$executeRaw`
      INSERT INTO observations (cluster_id, tuner, observation)
      SELECT ${clusterId}::uuid, seen.key, seen.value
      FROM jsonb_each(${JSON.stringify(observations)}::jsonb) AS seen
      ORDER BY seen.key
      ON CONFLICT (cluster_id, tuner) DO UPDATE
      SET observation = EXCLUDED.observation, observed_at = now()`;
  } catch (cause) {
    if (isForeignKeyViolation(cause)) throw new NotFound('cluster', clusterId);
    throw cause;
  }
}
