import { parseKubeconfig, type Operations } from '@fairlead/contract';
import { newId } from '@fairlead/store';
import type { HandlerOf } from '../call/context.js';
import { invalidRequest } from '../call/parse-input.js';
import { clusterEtag, toCluster } from '../views/clusters.js';

export const registerCluster: HandlerOf<Operations['registerCluster']> = async (input, context) => {
  const { name, labels } = input;
  const credentials = parseKubeconfig(input.kubeconfig, input.context);
  return context.command(async (tx) => {
    const row = await tx.clusters.create({ id: newId(), name, labels, credentials });
    tx.audit({
      type: 'cluster.registered',
      actor: context.actor,
      subject: { kind: 'cluster', id: row.id },
      clusterId: row.id,
      data: { name, labels, endpoint: row.endpoint },
    });
    tx.ring('check-cluster', row.id);
    return toCluster(row);
  });
};

export const getCluster: HandlerOf<Operations['getCluster']> = async ({ clusterId }, { store }) =>
  toCluster(await store.read((tx) => tx.clusters.get(clusterId)));

export const listClusters: HandlerOf<Operations['listClusters']> = async (input, context) => {
  const { pageSize, pageToken, label } = input;
  const after = context.pages.read(pageToken);
  const { items, next } = await context.store.read((tx) =>
    tx.clusters.list({ limit: pageSize, ...(after !== undefined && { after }) }, { label }),
  );
  return {
    clusters: items.map(toCluster),
    ...(next !== undefined && { nextPageToken: context.pages.write(next) }),
  };
};

export const updateCluster: HandlerOf<Operations['updateCluster']> = async (input, context) => {
  const { clusterId, name, labels, kubeconfig } = input;
  if (kubeconfig === undefined && input.context !== undefined) {
    throw invalidRequest([
      {
        path: '/context',
        code: 'needs-kubeconfig',
        message: 'A context is chosen only from a kubeconfig.',
      },
    ]);
  }
  const credentials =
    kubeconfig === undefined ? undefined : parseKubeconfig(kubeconfig, input.context);
  return context.command(async (tx) => {
    context.matchEtag(clusterEtag(await tx.clusters.get(clusterId, true)));
    const patch = {
      ...(name !== undefined && { name }),
      ...(labels !== undefined && { labels }),
      ...(credentials && { credentials }),
    };
    const row = await tx.clusters.update(clusterId, patch);
    tx.audit({
      type: 'cluster.updated',
      actor: context.actor,
      subject: { kind: 'cluster', id: row.id },
      clusterId: row.id,
      data: {
        ...(name !== undefined && { name }),
        ...(labels !== undefined && { labels }),
        ...(credentials && { endpoint: row.endpoint }),
      },
    });
    if (credentials) tx.ring('check-cluster', row.id);
    return toCluster(row);
  });
};

export const removeCluster: HandlerOf<Operations['removeCluster']> = ({ clusterId }, context) =>
  context.command(async (tx) => {
    const row = await tx.clusters.get(clusterId, true);
    context.matchEtag(clusterEtag(row));
    await tx.clusters.remove(clusterId);
    tx.audit({
      type: 'cluster.removed',
      actor: context.actor,
      subject: { kind: 'cluster', id: row.id },
      clusterId: row.id,
      data: { name: row.name },
    });
    return {};
  });

export const observeCluster: HandlerOf<Operations['observeCluster']> = ({ clusterId }, context) =>
  context.command(async (tx) => {
    const row = await tx.clusters.get(clusterId);
    tx.audit({
      type: 'cluster.observation-requested',
      actor: context.actor,
      subject: { kind: 'cluster', id: row.id },
      clusterId: row.id,
      data: {},
    });
    tx.ring('observe-cluster', row.id);
    return toCluster(row);
  });
