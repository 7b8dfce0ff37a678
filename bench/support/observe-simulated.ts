import type { JsonObject, Tuner } from '@fairlead/core';
import { startSimulator } from '@fairlead/simulator';
import { openStore } from '@fairlead/store';
import { secretKey, startDatabase } from './fairlead.ts';
import { connectorOf, registerCluster } from './simulated-job.ts';

/** What each tuner sees of one simulated cluster, through the connection and the agents that a worker has. */
export async function observeSimulated(
  nodeCount: number,
  tuners: readonly Tuner[],
): Promise<ReadonlyMap<string, JsonObject>> {
  const database = await startDatabase();
  const store = await openStore({
    databaseUrl: database.url,
    secretKey,
    applicationName: 'bench',
    poolSize: 2,
  });
  const nodes = Array.from({ length: nodeCount }, (_, index) => ({ name: `n${index + 1}` }));
  const kubeProxy = { mode: 'iptables' as const, maxPerCore: 0, min: null };
  const simulator = await startSimulator({ port: 0, clusters: [{ name: 'c', nodes, kubeProxy }] });
  const seen = new Map<string, JsonObject>();
  try {
    const [cluster] = simulator.clusters;
    if (cluster === undefined) throw new Error('There is no simulated cluster');
    const clusterId = await registerCluster(store, cluster.name, cluster.kubeconfig);
    const signal = AbortSignal.timeout(120_000);
    const lease = { jobId: `observe-${clusterId}`, fence: 0, holder: 'bench' };
    const connection = await connectorOf(store).connect(clusterId, lease, signal);
    try {
      for (const tuner of tuners) {
        seen.set(tuner.name, await tuner.observe(connection, null, signal));
      }
      await connection.stopAgents(signal);
    } finally {
      await connection.close();
    }
  } finally {
    await simulator.close();
    await store.close();
    await database.stop();
  }
  return seen;
}
