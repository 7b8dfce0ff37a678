import {
  DomainError,
  type ClusterConnector,
  type ClusterReader,
  type JsonObject,
  type Tuner,
} from '@fairlead/core';
import { reactionTo } from '@fairlead/queue';
import type { Log } from '../log.js';
import { checkAndRecord, workerActor, type CheckPorts } from './cluster-check.js';

export interface ObservePorts extends CheckPorts {
  readonly connector: ClusterConnector;
  readonly tuners: readonly Tuner[];
  readonly holder: string;
  readonly log: Log;
}

interface Observed {
  readonly observations: Readonly<Record<string, JsonObject>>;
  /** Tuners that could not observe, and why. */
  readonly failures: readonly {
    readonly tuner: string;
    readonly code: string;
    readonly message: string;
  }[];
}

const takeDownMilliseconds = 15_000;

/**
 * Checks a cluster, then lets every tuner look at it, with agents that go when it is done. What one
 * tuner may not see keeps no other from being recorded.
 *
 * @throws the error of a tuner that backing off can help; then nothing of the observation is recorded
 */
export function observeClusterConsumer(ports: ObservePorts) {
  return async (clusterId: string, signal: AbortSignal): Promise<void> => {
    if (!(await checkAndRecord(clusterId, ports, signal))) return;
    const { observations, failures } = await observe(clusterId, ports, signal);

    await ports.store.command({ actor: workerActor }, async (tx) => {
      await tx.clusters.get(clusterId, true);
      await tx.observations.put(clusterId, observations);
      tx.audit({
        type: 'cluster.observed',
        actor: workerActor,
        subject: { kind: 'cluster', id: clusterId },
        clusterId,
        data: {
          tuners: Object.keys(observations).toSorted(),
          failures: failures.map((one) => ({ ...one })),
        },
      });
      return {};
    });
  };
}

async function observe(
  clusterId: string,
  ports: ObservePorts,
  signal: AbortSignal,
): Promise<Observed> {
  // Not a job's lease: an observation writes nothing that a job reads, and its agents carry this id.
  const lease = { jobId: `observe-${clusterId}`, fence: 0, holder: ports.holder };
  const cluster = await ports.connector.connect(clusterId, lease, signal);
  try {
    await cluster.checkIdentity(signal);
    return await askTuners(ports.tuners, cluster, signal);
  } finally {
    await cluster.stopAgents(AbortSignal.timeout(takeDownMilliseconds)).catch((err: unknown) => {
      ports.log.warn(
        { err, cluster: clusterId },
        'Could not take down the agents; they end by themselves',
      );
    });
    await cluster.close();
  }
}

async function askTuners(
  tuners: readonly Tuner[],
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<Observed> {
  const observations: Record<string, JsonObject> = {};
  const failures: Observed['failures'][number][] = [];
  for (const tuner of tuners) {
    try {
      observations[tuner.name] = await tuner.observe(reader, null, signal);
    } catch (error) {
      if (!(error instanceof DomainError) || reactionTo(error) === 'back-off') throw error;
      failures.push({ tuner: tuner.name, code: error.code, message: error.message });
    }
  }
  return { observations, failures };
}
