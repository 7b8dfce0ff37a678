import { ClusterForbidden, type ClusterFacts, type RbacRule } from '@fairlead/core';
import type { ApiClient } from '../connection/api-client.js';
import { listObjects, readObject } from '../objects/read-objects.js';
import type { Resources } from '../objects/resources.js';
import { detectCni } from './cni.js';
import { clusterNode, nodeFacts } from './node-facts.js';
import { missingPermissions } from './permissions.js';
import { detectProxyMode, type ProxyMode } from './proxy-mode.js';
import { serverVersion } from './server-version.js';

/**
 * What the API alone tells of a cluster. What the account may not read stays empty or `unknown`, and
 * stands among the missing permissions.
 *
 * @param rules  what we need, ours and the tuners'
 * @throws       ClusterUnreachable, and ClusterForbidden when the credentials themselves are refused
 */
export async function readFacts(
  api: ApiClient,
  resources: Resources,
  rules: readonly RbacRule[],
  signal: AbortSignal,
): Promise<ClusterFacts> {
  const { version, simulated } = await serverVersion(api, signal);
  const missing = await missingPermissions(api, rules, signal);
  const nodes = await orEmpty(
    listObjects(api, resources, { apiVersion: 'v1', kind: 'Node' }, {}, signal),
  );
  const daemonSets = await orEmpty(
    listObjects(api, resources, { apiVersion: 'apps/v1', kind: 'DaemonSet' }, {}, signal),
  );
  const mode: ProxyMode =
    daemonSets === null
      ? { proxyMode: 'unknown', proxyModeSource: 'DaemonSets may not be listed' }
      : await detectProxyMode({
          daemonSets,
          nodes: nodes ?? [],
          readConfigMap: (ref) => readObject(api, resources, ref, signal),
          proxyPods: async () => (await proxyPods(api, resources, signal)) ?? [],
        });
  const seen = (nodes ?? []).map(clusterNode);
  return {
    version,
    nodes: seen.map(nodeFacts),
    cni: detectCni(daemonSets ?? [], seen),
    ...mode,
    missingPermissions: [...missing],
    simulated,
  };
}

/** Static pods of kube-proxy: RKE2 labels them by component, kOps by k8s-app. */
async function proxyPods(api: ApiClient, resources: Resources, signal: AbortSignal) {
  const kind = { apiVersion: 'v1', kind: 'Pod', namespace: 'kube-system' };
  return await orEmpty(
    listObjects(api, resources, kind, {}, signal).then((pods) =>
      pods.filter(({ metadata }) => /^kube-proxy-/.test(metadata.name)),
    ),
  );
}

async function orEmpty<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof ClusterForbidden) return null;
    throw error;
  }
}
