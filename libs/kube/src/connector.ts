import type {
  ClusterConnector,
  ClusterCredentials,
  ClusterFacts,
  ClusterIdentity,
  JobLease,
  RbacRule,
} from '@fairlead/core';
import { randomBytes } from 'node:crypto';
import { addressRules, type AddressPolicy } from './connection/address-policy.js';
import { apiClient, type ApiClient } from './connection/api-client.js';
import type { Lookup } from './connection/guarded-connect.js';
import { engineCluster, type KubeCluster } from './engine-cluster.js';
import { readFacts } from './facts/cluster-facts.js';
import { serverVersion } from './facts/server-version.js';
import { readIdentity } from './objects/identity.js';
import { resourcesOf } from './objects/resources.js';

export interface StoredCredentials {
  readonly credentials: ClusterCredentials;
  /** Null until the first check pinned it. */
  readonly identity: ClusterIdentity | null;
}

export interface ConnectorOptions {
  readonly credentialsOf: (clusterId: string) => Promise<StoredCredentials>;
  readonly addressPolicy: AddressPolicy;
  /** Where our own objects live in a cluster: `fairlead-system`. */
  readonly ownNamespace: string;
  readonly agentImage: string;
  /** Unlike that of any other installation: it names the holder of a cluster's Lease. */
  readonly installationId: string;
  /** `fairlead/0.1.0`; what a request is for is added. */
  readonly userAgent: string;
  /** How long agents may take to start. Slow nodes need more than a minute. */
  readonly agentStartSeconds?: number;
  /** The longest that an agent may live; its job must not take longer in one go. */
  readonly agentLifeSeconds?: number;
  /** Every address of a name; the machine's resolver unless given. */
  readonly lookup?: Lookup;
  /** Told what a connection has cost when it is closed. */
  readonly logger?: { debug(fields: object, message: string): void };
}

export interface ClusterCheck {
  readonly facts: ClusterFacts;
  readonly identity: ClusterIdentity;
}

export interface KubeConnector extends ClusterConnector {
  connect(
    clusterId: string,
    lease: Pick<JobLease, 'jobId' | 'fence' | 'holder'>,
    signal: AbortSignal,
  ): Promise<KubeCluster>;
  /**
   * Who a cluster is and what its API tells of it; writes nothing and starts no agents. Does not
   * compare the identity: whoever called knows whether there is one to compare with.
   *
   * @param rules  what is needed of the account: `baseRules` and those of the tuners
   */
  check(clusterId: string, rules: readonly RbacRule[], signal: AbortSignal): Promise<ClusterCheck>;
}

const defaultStartSeconds = 90;
const defaultLifeSeconds = 4 * 3600;

export function createConnector(options: ConnectorOptions): KubeConnector {
  const rules = addressRules(options.addressPolicy);

  function open(credentials: ClusterCredentials, purpose: string, auditName: string): ApiClient {
    return apiClient({
      credentials,
      rules,
      userAgent: `${options.userAgent} (${purpose})`,
      // The random part keeps the ids apart when one lease connects twice.
      auditPrefix: `${auditName}.${randomBytes(2).toString('hex')}`,
      ...(options.lookup !== undefined && { lookup: options.lookup }),
    });
  }

  function logged(api: ApiClient, clusterId: string): ApiClient {
    return {
      ...api,
      async close() {
        options.logger?.debug(
          { cluster: clusterId, ...api.stats() },
          'Closed the connection to a cluster',
        );
        await api.close();
      },
    };
  }

  return {
    async connect(clusterId, { jobId, fence }, signal) {
      const { credentials, identity } = await options.credentialsOf(clusterId);
      const api = logged(open(credentials, `job ${jobId}`, `${jobId}.${fence}`), clusterId);
      try {
        const { version } = await serverVersion(api, signal);
        return engineCluster({
          ...options,
          api,
          credentials,
          identity,
          version,
          jobId,
          fence,
          agentStartSeconds: options.agentStartSeconds ?? defaultStartSeconds,
          agentLifeSeconds: options.agentLifeSeconds ?? defaultLifeSeconds,
        });
      } catch (error) {
        await api.close();
        throw error;
      }
    },

    async check(clusterId, neededRules, signal) {
      const { credentials } = await options.credentialsOf(clusterId);
      const api = logged(open(credentials, `cluster ${clusterId}`, clusterId), clusterId);
      try {
        const identity = await readIdentity(api, credentials.caPem, signal);
        return { identity, facts: await readFacts(api, resourcesOf(api), neededRules, signal) };
      } finally {
        await api.close();
      }
    },
  };
}

/** `connector.check` with the argument order of the worker's call. */
export async function checkCluster(
  connector: KubeConnector,
  clusterId: string,
  rules: readonly RbacRule[],
  signal: AbortSignal,
): Promise<ClusterCheck> {
  return await connector.check(clusterId, rules, signal);
}
