import {
  ClusterUnreachable,
  PreconditionFailed,
  WrongCluster,
  type ClusterIdentity,
} from '@fairlead/core';
import { createHash, X509Certificate } from 'node:crypto';
import type { ApiClient } from '../connection/api-client.js';
import { uidOf } from './write-objects.js';

/**
 * Who a cluster is: nothing else of it stays the same through upgrades and differs between clusters.
 * Throws ClusterForbidden, ClusterUnreachable.
 */
export async function readIdentity(
  api: ApiClient,
  caPem: string,
  signal: AbortSignal,
): Promise<ClusterIdentity> {
  const { body } = await api.call(
    { method: 'GET', path: '/api/v1/namespaces/kube-system', doing: 'get Namespace kube-system' },
    signal,
  );
  const uid = uidOf(body);
  if (uid === '')
    throw new ClusterUnreachable('The cluster tells no uid of its namespace kube-system.');
  return { uid, caSha256: caSha256(caPem) };
}

/** Throws WrongCluster when the cluster that answers is not the one that was registered. */
export function compareIdentity(registered: ClusterIdentity | null, seen: ClusterIdentity): void {
  if (registered === null) {
    throw new PreconditionFailed(
      'cluster-not-identified',
      'The cluster has not been identified yet.',
      {
        remedy: 'Wait for its first check to end.',
      },
    );
  }
  if (registered.uid !== seen.uid) {
    throw new WrongCluster(
      'Another cluster answers at this address: its kube-system namespace has another uid.',
    );
  }
  if (registered.caSha256 !== seen.caSha256) {
    throw new WrongCluster("The cluster's CA is not the one that was registered.");
  }
}

/** SHA-256, hex, over the DER of every certificate in the PEM, in its order: notes around them do not count. */
export function caSha256(caPem: string): string {
  const blocks = caPem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(new X509Certificate(block).raw);
  return hash.digest('hex');
}
