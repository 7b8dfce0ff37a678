import type { Operations, ResponseOf } from '@fairlead/contract';
import { hasEnded } from '@fairlead/core';
import type { AuditRow } from '@fairlead/store';
import type { Context, HandlerOf } from '../call/context.js';
import { toJobEvent } from '../views/audit-events.js';
import { usableCursor } from '../watch/cursor.js';
import { wakeups } from '../watch/wakeups.js';

type JobEvent = ResponseOf<Operations['watchJob']>;
const batch = 200;

export const watchJob: HandlerOf<Operations['watchJob']> = async ({ jobId, after }, context) => {
  await context.store.read((tx) => tx.jobs.get(jobId));
  const cursor = after === undefined ? 0 : await usableCursor(context.store, after);
  return follow(jobId, cursor, context);
};

async function* follow(
  jobId: string,
  cursor: number,
  { store, signal, now }: Context,
): AsyncGenerator<JobEvent> {
  const commits = wakeups(store, signal);
  let last: AuditRow | undefined;
  try {
    while (!signal.aborted) {
      commits.arm();
      const from = last?.seq ?? cursor;
      // One snapshot: a job that is seen to have ended has all its events in it.
      const { state, rows } = await store.read(async (tx) => ({
        state: (await tx.jobs.get(jobId)).state,
        rows: await tx.auditEvents.after(from, batch, { jobId }),
      }));
      for (const row of rows) yield toJobEvent(row, jobId, state);
      last = rows.at(-1) ?? last;
      if (rows.length === batch) continue;
      if (hasEnded(state)) {
        yield {
          cursor: String(last?.seq ?? cursor),
          type: 'watch.ended',
          at: now().toISOString(),
          jobId,
          state,
          actor: { kind: 'system', id: 'gateway', name: 'Fairlead' },
          data: {},
        };
        return;
      }
      await commits.next();
    }
  } finally {
    commits.close();
  }
}
