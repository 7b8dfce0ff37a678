import { InvalidRequest, type Phase, type Sample } from '@fairlead/core';
import type { Tx } from '../api.js';
import type { Db } from '../database/database.js';
import type { Sample as SampleRow } from '../generated/client.js';
import { knownId } from '../ids.js';

export function samplesIn(db: Db): Tx['samples'] {
  return {
    async list(jobId, { limit, after }) {
      const job = knownId('job', jobId);
      const last = await db.sample.groupBy({
        by: ['phase'],
        where: { jobId: job },
        _max: { attempt: true },
      });
      if (last.length === 0) return { items: [] };
      const counted = last.map(({ phase, _max }) => ({ phase, attempt: _max.attempt ?? 0 }));
      const rows = await db.sample.findMany({
        where: { jobId: job, OR: counted, id: { gt: placeOf(after) } },
        orderBy: { id: 'asc' },
        take: limit + 1,
      });
      const shown = rows.slice(0, limit);
      const next = shown.at(-1)?.id.toString();
      const items = shown.map(toSample);
      return rows.length > limit && next !== undefined ? { items, next } : { items };
    },
  };
}

/** One statement for all, in the order given. */
export async function insertSamples(
  db: Db,
  jobId: string,
  samples: readonly Sample[],
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO samples (job_id, phase, attempt, round, probe, unit, node, peer, at, value, invalid)
    SELECT ${jobId}::uuid, taken.phase, taken.attempt, taken.round, taken.probe, taken.unit, taken.node,
           taken.peer, taken.at, taken.value, taken.invalid
    FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(samples)}::jsonb) AS (
      phase text, attempt int, round int, probe text, unit text, node text,
      peer text, at timestamptz, value float8, invalid text
    )) WITH ORDINALITY AS taken
    ORDER BY taken.ordinality`;
}

function placeOf(after: string | undefined): bigint {
  if (after === undefined) return 0n;
  if (/^\d{1,18}$/.test(after)) return BigInt(after);
  throw new InvalidRequest('page-token-invalid', 'The page to go on from is not one of ours.', {
    remedy: 'Send the token that the page before gave, unchanged.',
  });
}

function toSample(row: SampleRow): Sample {
  return {
    phase: row.phase as Phase,
    attempt: row.attempt,
    round: row.round,
    probe: row.probe,
    unit: row.unit as Sample['unit'],
    node: row.node,
    ...(row.peer === null ? {} : { peer: row.peer }),
    at: row.at.toISOString(),
    ...(row.value === null ? {} : { value: row.value }),
    ...(row.invalid === null ? {} : { invalid: row.invalid }),
  };
}
