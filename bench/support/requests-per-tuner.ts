import type { Store } from '@fairlead/store';
import { tuners } from '@fairlead/tuners';
import { middle, ratios, spread } from './spread.ts';
import { connectorOf } from './simulated-job.ts';

/** What one tuner alone asks a cluster's API for, to observe it. */
interface Asked {
  readonly reads: number;
  /** The least for what it looks at: each thing asked for once. */
  readonly distinct: number;
  /** Requests that bring up agents and take them down. */
  readonly agents: number;
}

export type ListenTo = (listener: (request: string) => void) => void;

/**
 * Rows of a table: for each tuner the requests of its observation alone, on a connection of its own.
 *
 * @param clusterIds  one for each run
 * @param listenTo    tells each request to the cluster as `METHOD /path?query`
 */
export async function requestsPerTuner(
  store: Store,
  clusterIds: readonly string[],
  listenTo: ListenTo,
): Promise<readonly (readonly string[])[]> {
  const rows: string[][] = [];
  for (const { name } of tuners) {
    const asked: Asked[] = [];
    for (const clusterId of clusterIds)
      asked.push(await observeAlone(name, store, clusterId, listenTo));
    const reads = asked.map((each) => each.reads);
    const distinct = asked.map((each) => each.distinct);
    const share = ratios(reads, distinct);
    rows.push([
      name,
      spread(reads),
      spread(distinct),
      spread(share, 2),
      spread(asked.map((each) => each.agents)),
      `≤ 1.20: ${middle(share) <= 1.2 ? 'met' : 'missed'}`,
    ]);
  }
  return rows;
}

async function observeAlone(
  name: string,
  store: Store,
  clusterId: string,
  listenTo: ListenTo,
): Promise<Asked> {
  const tuner = tuners.find((each) => each.name === name);
  if (tuner === undefined) throw new Error(`There is no tuner ${name}`);
  const signal = AbortSignal.timeout(60_000);
  const lease = { jobId: `observe-${clusterId}`, fence: 0, holder: 'bench' };
  const cluster = await connectorOf(store).connect(clusterId, lease, signal);
  const requests: string[] = [];
  try {
    listenTo((request) => requests.push(request));
    await tuner.observe(cluster, null, signal);
    await cluster.stopAgents(signal);
  } finally {
    listenTo(() => undefined);
    await cluster.close();
  }
  const ofAgents = (request: string) => /fairlead-system/.test(request);
  const reads = requests.filter((request) => !ofAgents(request));
  return {
    reads: reads.length,
    distinct: new Set(reads).size,
    agents: requests.length - reads.length,
  };
}
