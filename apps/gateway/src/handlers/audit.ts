import type { Operations, RequestOf, ResponseOf } from '@fairlead/contract';
import type { AuditFilter } from '@fairlead/store';
import type { Context, HandlerOf } from '../call/context.js';
import { toAuditEvent } from '../views/audit-events.js';
import { usableCursor } from '../watch/cursor.js';
import { wakeups } from '../watch/wakeups.js';

type AuditEvent = ResponseOf<Operations['watchAuditEvents']>;
const batch = 200;

function filterOf(
  input: RequestOf<Operations['listAuditEvents'] | Operations['watchAuditEvents']>,
) {
  const { jobId, clusterId, type } = input;
  return {
    ...(jobId !== undefined && { jobId }),
    ...(clusterId !== undefined && { clusterId }),
    ...(type !== undefined && { type }),
  } satisfies AuditFilter;
}

export const listAuditEvents: HandlerOf<Operations['listAuditEvents']> = async (input, context) => {
  const { pageSize, pageToken } = input;
  const after = Number(context.pages.read(pageToken) ?? 0);
  const rows = await context.store.read((tx) =>
    tx.auditEvents.after(after, pageSize + 1, filterOf(input)),
  );
  const shown = rows.slice(0, pageSize);
  const last = shown.at(-1);
  return {
    events: shown.map(toAuditEvent),
    ...(rows.length > pageSize && last && { nextPageToken: context.pages.write(String(last.seq)) }),
  };
};

export const watchAuditEvents: HandlerOf<Operations['watchAuditEvents']> = async (
  input,
  context,
) => {
  const cursor =
    input.after === undefined
      ? (await context.store.read((tx) => tx.auditEvents.head())).seq
      : await usableCursor(context.store, input.after);
  return follow(cursor, filterOf(input), context);
};

async function* follow(
  cursor: number,
  filter: AuditFilter,
  { store, signal }: Context,
): AsyncGenerator<AuditEvent> {
  const commits = wakeups(store, signal);
  let from = cursor;
  try {
    while (!signal.aborted) {
      commits.arm();
      const rows = await store.read((tx) => tx.auditEvents.after(from, batch, filter));
      for (const row of rows) yield toAuditEvent(row);
      from = rows.at(-1)?.seq ?? from;
      if (rows.length < batch) await commits.next();
    }
  } finally {
    commits.close();
  }
}

export const verifyAuditChain: HandlerOf<Operations['verifyAuditChain']> = async (
  input,
  context,
) => {
  const { store, signal } = context;
  const { fromSeq } = input;
  const found = await store.auditChain.verify({
    signal,
    ...(fromSeq !== undefined && { fromSeq }),
  });
  const { rows, headSeq, headHash, firstBad } = found;
  return { intact: firstBad === null, rows, headSeq, headHash, ...(firstBad && { firstBad }) };
};

export const exportAuditEvents: HandlerOf<Operations['exportAuditEvents']> = (input, context) =>
  Promise.resolve(exported(input.fromSeq, context));

/** Lines are joined so that a chunk is neither one row nor the whole file. */
async function* exported(fromSeq: number | undefined, { store, signal }: Context) {
  const contentType = 'application/x-ndjson';
  const rows = store.auditChain.stream({ signal, ...(fromSeq !== undefined && { fromSeq }) });
  let lines: string[] = [];
  for await (const row of rows) {
    lines.push(`${JSON.stringify(toAuditEvent(row))}\n`);
    if (lines.length === batch) {
      yield { contentType, text: lines.join('') };
      lines = [];
    }
  }
  if (lines.length > 0) yield { contentType, text: lines.join('') };
}
