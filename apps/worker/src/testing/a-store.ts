import { randomBytes } from 'node:crypto';
import type { Actor, ClusterCredentials } from '@fairlead/core';
import { newId, openStore, type Doorbell, type Store } from '@fairlead/store';

export const aUser: Actor = { kind: 'api-key', id: 'key-1', name: 'Spec', role: 'admin' };

const credentials: ClusterCredentials = {
  server: 'https://127.0.0.1:6443',
  caPem: 'CA',
  user: { type: 'token', token: 'token' },
};

export function aStore(databaseUrl: string, secretKey = randomBytes(32)): Promise<Store> {
  return openStore({ databaseUrl, secretKey, applicationName: 'spec', poolSize: 5 });
}

/** Stores a cluster, and rings for it as a registration does. */
export async function aCluster(store: Store, bell: Doorbell = 'check-cluster'): Promise<string> {
  const id = newId();
  await store.command({ actor: aUser }, async (tx) => {
    await tx.clusters.create({ id, name: `cluster-${id}`, labels: {}, credentials });
    tx.ring(bell, id);
    return {};
  });
  return id;
}
