import {
  DomainError,
  sameJson,
  WrongCluster,
  type Actor,
  type ClusterFacts,
  type ClusterIdentity,
  type JobProblem,
} from '@fairlead/core';
import type { ClusterRow, ClusterState, Store } from '@fairlead/store';

/** Looks at a cluster through its API alone. Throws a DomainError for what keeps it from doing so. */
export type CheckCluster = (
  clusterId: string,
  signal: AbortSignal,
) => Promise<{ readonly facts: ClusterFacts; readonly identity: ClusterIdentity }>;

export interface CheckPorts {
  readonly store: Pick<Store, 'command' | 'read'>;
  readonly checkCluster: CheckCluster;
}

interface Found {
  readonly state: ClusterState;
  readonly problem: JobProblem | null;
  readonly facts?: ClusterFacts;
  readonly identity?: ClusterIdentity;
}

/** Fairlead looking after its clusters by itself. */
export const workerActor: Actor = {
  kind: 'system',
  id: 'worker',
  name: 'Fairlead worker',
  role: 'operator',
};

/**
 * Checks a cluster and records what was found, a problem included: that is an answer, not a failure.
 * An audit event is written when it differs from what was known. The sweeper looks again in time.
 *
 * @returns whether the cluster is ready
 * @throws what is not about the cluster: our own database, an error of ours
 */
export async function checkAndRecord(
  clusterId: string,
  ports: CheckPorts,
  signal: AbortSignal,
): Promise<boolean> {
  const { store, checkCluster } = ports;
  const { version } = await store.read((tx) => tx.clusters.get(clusterId));
  const looked = await look(clusterId, checkCluster, signal);

  const { response } = await store.command({ actor: workerActor }, async (tx) => {
    const known = await tx.clusters.get(clusterId, true);
    // Edited meanwhile: what was found may be true of other credentials than those stored now.
    if (known.version !== version) return { stale: true, ready: false };
    const found = asRegistered(known, looked);
    await tx.clusters.recordCheck(clusterId, found);
    if (isNews(known, found)) {
      tx.audit({
        type: 'cluster.checked',
        actor: workerActor,
        subject: { kind: 'cluster', id: clusterId },
        clusterId,
        data: {
          state: found.state,
          problem: found.problem,
          ...(found.facts === undefined
            ? {}
            : { version: found.facts.version, nodes: found.facts.nodes.length }),
        },
      });
    }
    return { stale: false, ready: found.state === 'ready' };
  });
  if (response.stale) return checkAndRecord(clusterId, ports, signal);
  return response.ready;
}

async function look(
  clusterId: string,
  checkCluster: CheckCluster,
  signal: AbortSignal,
): Promise<Found> {
  try {
    return { state: 'ready', problem: null, ...(await checkCluster(clusterId, signal)) };
  } catch (error) {
    signal.throwIfAborted();
    const state = stateAfter(error);
    if (state === null) throw error;
    return { state, problem: problemOf(error as DomainError) };
  }
}

/** A cluster that answers, but is another than the one that was pinned, is refused. */
function asRegistered(known: ClusterRow, found: Found): Found {
  const { identity } = found;
  if (known.identity === null || identity === undefined) return found;
  if (known.identity.uid === identity.uid && known.identity.caSha256 === identity.caSha256)
    return found;
  const error = new WrongCluster(
    'The cluster that answers is not the one that was registered: its kube-system UID or its CA differs.',
  );
  return { state: 'refused', problem: problemOf(error) };
}

/** Null for errors that say nothing about the cluster. */
function stateAfter(error: unknown): ClusterState | null {
  if (!(error instanceof DomainError)) return null;
  switch (error.kind) {
    case 'unavailable':
    case 'exhausted':
      return 'unreachable';
    case 'precondition':
    case 'unacceptable':
    case 'invalid':
    case 'conflict':
      return 'refused';
    default:
      return null;
  }
}

function problemOf({ code, message, remedy }: DomainError): JobProblem {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

function isNews(known: ClusterRow, found: Found): boolean {
  if (known.state !== found.state || known.problem?.code !== found.problem?.code) return true;
  if (found.identity !== undefined && !sameJson(known.identity, found.identity)) return true;
  return found.facts !== undefined && !sameJson(known.facts, found.facts);
}
