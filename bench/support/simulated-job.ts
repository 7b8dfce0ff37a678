import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKubeconfig } from '@fairlead/contract';
import { driveJob, type Actor, type EnginePorts, type ProfileSettings } from '@fairlead/core';
import { baseRules, createConnector, type ConnectionStats, type KubeCluster } from '@fairlead/kube';
import { newId, type Store } from '@fairlead/store';
import { checkProfile, tuners } from '@fairlead/tuners';

const actor: Actor = { kind: 'system', id: 'bench', name: 'Benchmark', role: 'admin' };

export const measuring = {
  rounds: 5,
  attemptsPerRound: 5,
  intervalMilliseconds: 5,
  settleSeconds: 1,
  nodePairs: 4,
};

/** Registers a cluster as a worker would: looked at, with its identity pinned. */
export async function registerCluster(store: Store, name: string, kubeconfig: string) {
  const id = newId();
  const credentials = parseKubeconfig(kubeconfig);
  await store.command({ actor }, async (tx) => {
    await tx.clusters.create({ id, name, labels: {}, credentials });
    return {};
  });
  const rules = [...baseRules, ...tuners.flatMap((tuner) => tuner.rbac)];
  const { facts, identity } = await connectorOf(store).check(
    id,
    rules,
    AbortSignal.timeout(30_000),
  );
  await store.command({ actor }, async (tx) => {
    await tx.clusters.recordCheck(id, { state: 'ready', problem: null, facts, identity });
    return {};
  });
  return id;
}

/**
 * Drives one job to its end in this process, with the engine, the store and the Kubernetes connection
 * that a worker has.
 *
 * @param left  told each state that the job leaves, and at last `leaving`, with what the connection to
 *              the cluster has cost by then
 * @returns     the state in which the job ended, and how many changes it made
 */
export async function driveOne(
  store: Store,
  clusterId: string,
  settings: ProfileSettings,
  left: (state: string, cost: ConnectionStats) => void,
): Promise<{ readonly state: string; readonly changes: number }> {
  const jobId = await createJob(store, clusterId, settings);
  const connector = connectorOf(store);
  let cluster: KubeCluster | undefined;
  const tell = (state: string) => {
    if (cluster !== undefined) left(state, cluster.stats());
  };
  const ports: EnginePorts = {
    ledger: store.ledger,
    connector: { connect: async (...args) => (cluster = await connector.connect(...args)) },
    tuners,
    checkProfile,
    clock: {
      now: () => new Date(),
      sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
    },
    sha256: (text) => createHash('sha256').update(text, 'utf8').digest('hex'),
    checkpoint: (name) => {
      const state = /^left:(.+)$/.exec(name)?.[1];
      if (state !== undefined) tell(state);
      return Promise.resolve();
    },
    holder: 'bench',
    leaseSeconds: 30,
    giveUpSeconds: 60,
    log: (_level, message, fields) => console.error(message, fields),
  };
  await driveJob(jobId, ports, AbortSignal.timeout(120_000));
  tell('leaving');
  const { state, plan } = await store.read((tx) => tx.jobs.get(jobId));
  return { state, changes: plan?.changes.length ?? 0 };
}

async function createJob(
  store: Store,
  clusterId: string,
  settings: ProfileSettings,
): Promise<string> {
  const [id, profileId] = [newId(), newId()];
  const asked = { clusterId, profileId, profileRevision: 1, settings, measuring, actor };
  await store.command({ actor }, async (tx) => {
    const named = { id: profileId, name: profileId, description: '', settings, actor };
    await tx.profiles.create(named);
    await tx.jobs.create({ id, ...asked, approval: 'not-required' });
    return {};
  });
  return id;
}

/** The connection of a worker, to simulated clusters on this machine. */
export function connectorOf(store: Store) {
  return createConnector({
    credentialsOf: (clusterId) => store.credentials(clusterId),
    addressPolicy: { allow: ['127.0.0.0/8'] },
    ownNamespace: 'fairlead-system',
    agentImage: 'fairlead-agent:0.1.0',
    installationId: 'benchmark',
    userAgent: 'fairlead-bench',
  });
}
