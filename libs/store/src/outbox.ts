import type { Doorbell, OutboxRow, Store } from './api.js';
import { allowSlowTransaction, type Database } from './database/database.js';

interface Row {
  readonly id: string;
  readonly bell: Doorbell;
  readonly subject_id: string;
}

interface Overdue {
  readonly bell: Doorbell;
  readonly subjectId: string;
}

export function outboxOn(database: Database): Store['outbox'] {
  return {
    // Without Prisma, whose transactions have a deadline: how long a delivery takes is the queue's affair.
    relay: (limit, deliver) =>
      database.withConnection(async (client) => {
        await client.query('BEGIN');
        await client.query(allowSlowTransaction);
        const { rows } = await client.query<Row>(
          'SELECT id, bell, subject_id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED',
          [limit],
        );
        if (rows.length > 0) {
          await deliver(rows.map(toOutboxRow));
          await client.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [
            rows.map(({ id }) => id),
          ]);
        }
        await client.query('COMMIT');
        return rows.length;
      }),

    overdue: (now, limit) =>
      database.query(
        (db) => db.$queryRaw<Overdue[]>`
          SELECT bell, subject AS "subjectId" FROM (
            (SELECT 'drive-job' AS bell, id::text AS subject, recheck_at AS due FROM jobs
             WHERE recheck_at <= ${now} ORDER BY recheck_at LIMIT ${limit})
            UNION ALL
            (SELECT 'check-cluster', id::text, check_due_at FROM clusters
             WHERE check_due_at <= ${now} ORDER BY check_due_at LIMIT ${limit})
          ) AS late
          ORDER BY due, subject LIMIT ${limit}`,
      ),
  };
}

function toOutboxRow({ id, bell, subject_id }: Row): OutboxRow {
  return { id: Number(id), bell, subjectId: subject_id };
}
