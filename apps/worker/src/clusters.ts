import { createHmac } from 'node:crypto';
import type { Tuner } from '@fairlead/core';
import { baseRules, createConnector } from '@fairlead/kube';
import type { Store } from '@fairlead/store';
import type { WorkerEnv } from './env.js';
import type { Log } from './log.js';
import type { WorkerMetrics } from './metrics.js';
import type { Clusters } from './tokens.js';

export interface ClustersPorts {
  readonly env: Pick<WorkerEnv, 'agentImage' | 'allowedAddresses' | 'ownNamespace'>;
  readonly log: Log;
  readonly tuners: readonly Tuner[];
  readonly store: Pick<Store, 'credentials'>;
  readonly metrics: Pick<WorkerMetrics, 'clusterRequests'>;
  readonly secretKey: Buffer;
}

/** Real clusters, over their API servers. Throws InvalidRequest for a range of addresses that is none. */
export function openClusters({
  env,
  log,
  tuners,
  store,
  metrics,
  secretKey,
}: ClustersPorts): Clusters {
  const connector = createConnector({
    credentialsOf: (clusterId) => store.credentials(clusterId),
    addressPolicy: { allow: env.allowedAddresses },
    ownNamespace: env.ownNamespace,
    agentImage: env.agentImage,
    installationId: installationId(secretKey),
    userAgent: 'fairlead/0.1.0',
    logger: {
      debug(fields, message) {
        metrics.clusterRequests(requestsOf(fields));
        log.debug(fields, message);
      },
    },
  });
  const rules = [...baseRules, ...tuners.flatMap((tuner) => tuner.rbac)];
  return {
    connector,
    checkCluster: (clusterId, signal) => connector.check(clusterId, rules, signal),
  };
}

/**
 * What all workers of one installation share and no other has. The key itself cannot be told from it:
 * it stands in Lease objects that a cluster's users may read.
 */
export function installationId(secretKey: Buffer): string {
  return createHmac('sha256', secretKey).update('fairlead installation').digest('hex').slice(0, 16);
}

/** A connection that closes says what it has cost. */
function requestsOf(fields: object): number {
  return 'requests' in fields && typeof fields.requests === 'number' ? fields.requests : 0;
}
