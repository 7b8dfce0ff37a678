import type { ClusterCredentials, ClusterIdentity, EngineCluster, ObjectRef } from '@fairlead/core';
import { valueAt } from '@fairlead/core';
import { createHash } from 'node:crypto';
import { agentLauncher } from './agents/agent-launcher.js';
import { agentSession } from './agents/agent-session.js';
import { cleanUpProxy } from './agents/proxy-cleanup.js';
import type { ApiClient } from './connection/api-client.js';
import type { ConnectionStats } from './connection/traffic.js';
import { readEdits } from './edits/read-edits.js';
import { writeEdits } from './edits/write-edits.js';
import { clusterNode } from './facts/node-facts.js';
import { clusterLease } from './objects/cluster-lease.js';
import { compareIdentity, readIdentity } from './objects/identity.js';
import { countObjects, listObjects, readObject } from './objects/read-objects.js';
import { resourcesOf } from './objects/resources.js';
import { remembered } from './remembered.js';
import { restartToken, rollout, setRestartToken } from './objects/workloads.js';
import {
  applyObject,
  recreateObject,
  removeObject,
  requestRemoval,
} from './objects/write-objects.js';

/** The engine's cluster, and what its connection has cost. */
export interface KubeCluster extends EngineCluster {
  stats(): ConnectionStats;
}

export interface EngineClusterOptions {
  readonly api: ApiClient;
  readonly credentials: ClusterCredentials;
  readonly identity: ClusterIdentity | null;
  readonly version: string;
  readonly ownNamespace: string;
  readonly agentImage: string;
  readonly installationId: string;
  readonly jobId: string;
  readonly fence: number;
  readonly agentStartSeconds: number;
  readonly agentLifeSeconds: number;
}

const kubeDns: ObjectRef = {
  apiVersion: 'v1',
  kind: 'Service',
  namespace: 'kube-system',
  name: 'kube-dns',
};

const kindNode = { apiVersion: 'v1', kind: 'Node' };
const nodesFreshMilliseconds = 30_000;
/** A Service keeps its address for as long as it lives. */
const dnsFreshMilliseconds = 600_000;

/** Assembles the port from its parts; nothing is decided here. */
export function engineCluster(options: EngineClusterOptions): KubeCluster {
  const { api, ownNamespace, agentImage, jobId, fence, installationId } = options;
  const resources = resourcesOf(api);
  const lease = clusterLease(api, ownNamespace, { installationId, jobId, fence });

  const clock = () => performance.now();
  const nodes = remembered(
    async (signal) => {
      const found = await listObjects(api, resources, kindNode, {}, signal);
      return found.map(clusterNode);
    },
    nodesFreshMilliseconds,
    clock,
  );
  const dnsAddress = remembered(
    async (signal) => {
      const service = (await readObject(api, resources, kubeDns, signal)) ?? undefined;
      const address = valueAt(service, ['spec', 'clusterIP']);
      return typeof address === 'string' && address !== 'None' ? address : null;
    },
    dnsFreshMilliseconds,
    clock,
  );

  const launcher = agentLauncher(api, {
    namespace: ownNamespace,
    image: agentImage,
    lifeSeconds: options.agentLifeSeconds,
    startSeconds: options.agentStartSeconds,
    jobId,
    fence,
  });
  const session = agentSession({ jobId, fence, launcher, nodes, now: clock });

  return {
    version: options.version,
    ownNamespace,
    agentImage,
    nodes: (signal) => nodes.get(signal),
    read: (ref, signal) => readObject(api, resources, ref, signal),
    list: (kind, selector, signal) => listObjects(api, resources, kind, selector, signal),
    count: (kind, signal) => countObjects(api, resources, kind, signal),
    serves: async (kind, signal) => (await resources.find(kind, signal)) !== null,
    async checkIdentity(signal) {
      compareIdentity(options.identity, await readIdentity(api, options.credentials.caPem, signal));
    },
    holdClusterLease: (signal) => lease.hold(signal),
    releaseClusterLease: (signal) => lease.release(signal),
    readEdits,
    writeEdits: (object, edits, texts, signal) =>
      writeEdits(api, resources, object, edits, texts, signal),
    applyObject: (manifest, signal) => applyObject(api, resources, manifest, signal),
    recreateObject: (object, signal) => recreateObject(api, resources, object, signal),
    removeObject: (ref, uid, signal) => removeObject(api, resources, ref, uid, signal),
    async requestRemoval(ref, uid, signal) {
      await requestRemoval(api, resources, ref, uid, signal);
    },
    cleanUpProxy: (node, daemonSet, signal) =>
      cleanUpProxy(
        api,
        resources,
        { namespace: ownNamespace, jobId, fence },
        { node, daemonSet },
        signal,
      ),
    restartToken: (ref, signal) => restartToken(api, resources, ref, signal),
    setRestartToken: (ref, token, signal) => setRestartToken(api, resources, ref, token, signal),
    rollout: (ref, signal) => rollout(api, resources, ref, signal),
    askHosts: (order, signal) => session.askAll('host', order, signal),
    sha512: (text) => createHash('sha512').update(text).digest('hex'),
    askPods: (order, signal) => session.askAll('pod', order, signal),
    askHost: (node, order, signal) => session.askOne('host', node, order, signal),
    askPod: (node, order, signal) => session.askOne('pod', node, order, signal),
    renewPods: (names, signal) => session.renewPods(names, signal),
    async probeEnds(count, signal) {
      const ends = await session.probeEnds(count, signal);
      return { ends, dnsAddress: await dnsAddress.get(signal) };
    },
    stopAgents: (signal) => session.stop(signal),
    close: () => api.close(),
    stats: () => api.stats(),
  };
}
