import type { Operations } from '@fairlead/contract';
import { adviceReport, adviseFrom, PreconditionFailed, type Advice } from '@fairlead/core';
import type { ClusterRow, ObservationRow, Store } from '@fairlead/store';
import type { Context, HandlerOf } from '../call/context.js';
import { oldestOf, toAdvice } from '../views/advice.js';
import { FleetAdvice } from '../views/fleet-advice.js';

const batch = 100;

export const getAdvice: HandlerOf<Operations['getAdvice']> = async ({ clusterId }, context) => {
  const { cluster, rows, advice } = await adviceFor(clusterId, context);
  return toAdvice(cluster, rows, advice, context.now());
};

export const exportAdvice: HandlerOf<Operations['exportAdvice']> = async (
  { clusterId },
  context,
) => {
  const { cluster, rows, advice } = await adviceFor(clusterId, context);
  const head = { cluster: cluster.name, observedAt: oldestOf(rows), now: context.now() };
  return once({ contentType: 'text/markdown', text: adviceReport(advice, head) });
};

/** Every page counts the whole fleet anew: a count of some clusters would be a wrong one. */
export const listFleetAdvice: HandlerOf<Operations['listFleetAdvice']> = async (input, context) => {
  const { pageSize, pageToken, label } = input;
  const after = context.pages.read(pageToken);
  const fleet = new FleetAdvice();
  for await (const { cluster, rows } of observedClusters(context.store, label, context.signal)) {
    if (rows.length === 0) fleet.addUnseen();
    else fleet.add(cluster, rows, adviseFrom(context.tuners, rows));
  }
  const { findings, next, ...counts } = fleet.page(pageSize, after);
  return {
    findings,
    ...counts,
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

/** @throws PreconditionFailed `cluster-not-observed` when no tuner has looked at the cluster yet */
async function adviceFor(
  clusterId: string,
  { store, tuners }: Context,
): Promise<{ cluster: ClusterRow; rows: readonly ObservationRow[]; advice: Advice }> {
  const { cluster, rows } = await store.read(async (tx) => ({
    cluster: await tx.clusters.get(clusterId),
    rows: await tx.observations.latest(clusterId),
  }));
  if (rows.length === 0) {
    throw new PreconditionFailed(
      'cluster-not-observed',
      `No tuner has observed ${cluster.name} yet.`,
    );
  }
  return { cluster, rows, advice: adviseFrom(tuners, rows) };
}

async function* observedClusters(
  store: Store,
  label: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<{ cluster: ClusterRow; rows: readonly ObservationRow[] }> {
  let after: string | undefined;
  do {
    signal.throwIfAborted();
    const page = { limit: batch, ...(after !== undefined && { after }) };
    const { items, next, rows } = await store.read(async (tx) => {
      const clusters = await tx.clusters.list(page, { label });
      const ids = clusters.items.map(({ id }) => id);
      return { ...clusters, rows: await tx.observations.latestOf(ids) };
    });
    for (const cluster of items) yield { cluster, rows: rows.get(cluster.id) ?? [] };
    after = next;
  } while (after !== undefined);
}

async function* once<T>(item: T): AsyncGenerator<T> {
  yield await Promise.resolve(item);
}
