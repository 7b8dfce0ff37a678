import { z } from 'zod';
import { defineOperation } from '../operation.js';
import {
  Etag,
  Id,
  Labels,
  Name,
  nextPageToken,
  paging,
  Timestamp,
  validateOnly,
} from '../fields.js';
import { kubeconfigProblemCodes } from '../problems/kubeconfig-problems.js';
import { Problem } from './problem-view.js';

const NodeFacts = z
  .object({
    name: z.string(),
    ready: z.boolean(),
    os: z.string(),
    arch: z.string(),
    kernel: z.string(),
    kubeletVersion: z.string(),
    osImage: z.string(),
  })
  .meta({ id: 'NodeFacts', description: 'A node as the cluster lists it.' });

const MissingPermission = z
  .object({ permission: z.string(), namespace: z.string().optional(), reason: z.string() })
  .meta({
    id: 'MissingPermission',
    description: 'A right of deploy/rbac/fairlead.yaml that the registered account lacks.',
  });

const ClusterFacts = z
  .object({
    version: z.string(),
    nodes: z.array(NodeFacts),
    cni: z.string(),
    proxyMode: z.string(),
    proxyModeSource: z
      .string()
      .meta({ description: 'Where the mode was read, or why it is unknown.' }),
    missingPermissions: z.array(MissingPermission),
    simulated: z.boolean().meta({ description: 'True when this is a simulated cluster.' }),
  })
  .meta({ id: 'ClusterFacts', description: 'What the last successful look found.' });

const ClusterIdentity = z
  .object({
    uid: z.string().meta({ description: 'UID of the kube-system namespace.' }),
    caSha256: z.string().meta({ description: 'SHA-256 over the CA certificates, hex.' }),
  })
  .meta({
    id: 'ClusterIdentity',
    description: 'Pinned at the first contact and checked before every write.',
  });

export const Cluster = z
  .object({
    id: Id,
    name: Name,
    labels: Labels,
    endpoint: z.string().meta({ examples: ['https://10.0.0.10:6443'] }),
    state: z.enum(['registering', 'ready', 'unreachable', 'refused']),
    problem: Problem.optional(),
    identity: ClusterIdentity.optional(),
    facts: ClusterFacts.optional(),
    etag: Etag,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    checkedAt: Timestamp.optional(),
  })
  .meta({ id: 'Cluster', description: 'A registered cluster. Its credentials are never shown.' });

const kubeconfig = z.string().min(1).max(131_072).meta({
  description:
    'Text of a kubeconfig, at most 64 KiB: one https server with its CA as data, and a token or a client certificate as data.',
});
const context = z.string().min(1).max(253).meta({
  description: 'The context to take; needed when the kubeconfig has several.',
});

export const registerCluster = defineOperation({
  id: 'registerCluster',
  summary: 'Register a cluster',
  description:
    'Takes a kubeconfig through a strict parser that refuses plugins, file references and anything that is not TLS with a known CA. The cluster is looked at afterwards: watch its state.',
  kind: 'mutation',
  role: 'admin',
  rest: {
    method: 'POST',
    path: '/v1/clusters',
    query: ['validateOnly'],
    status: 201,
    location: '/v1/clusters/{id}',
  },
  grpc: { service: 'ClusterService', method: 'RegisterCluster' },
  request: z
    .strictObject({
      name: Name,
      kubeconfig,
      context: context.optional(),
      labels: Labels.default({}),
      validateOnly,
    })
    .meta({
      id: 'RegisterClusterRequest',
      examples: [
        {
          name: 'shop-eu-1',
          kubeconfig: 'apiVersion: v1\nkind: Config\n…',
          labels: { region: 'eu-west' },
        },
      ],
    }),
  response: Cluster,
  problems: [...kubeconfigProblemCodes, 'cluster-name-taken'],
});

export const getCluster = defineOperation({
  id: 'getCluster',
  summary: 'Read one cluster',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/clusters/{clusterId}', status: 200 },
  grpc: { service: 'ClusterService', method: 'GetCluster' },
  request: z.strictObject({ clusterId: Id }).meta({ id: 'GetClusterRequest' }),
  response: Cluster,
  problems: ['cluster-not-found'],
});

export const listClusters = defineOperation({
  id: 'listClusters',
  summary: 'List clusters, newest first',
  kind: 'read',
  role: 'viewer',
  rest: { method: 'GET', path: '/v1/clusters', status: 200 },
  grpc: { service: 'ClusterService', method: 'ListClusters' },
  request: z
    .strictObject({
      label: z
        .array(
          z
            .string()
            .max(257)
            .regex(/^[^=]+=.*$/),
        )
        .max(16)
        .default([])
        .meta({
          description: 'Only clusters with all these labels.',
          examples: [['region=eu-west']],
        }),
      ...paging,
    })
    .meta({ id: 'ListClustersRequest' }),
  response: z
    .object({ clusters: z.array(Cluster), nextPageToken })
    .meta({ id: 'ListClustersResponse' }),
  problems: ['page-token-invalid'],
});

export const updateCluster = defineOperation({
  id: 'updateCluster',
  summary: 'Change name, labels or credentials',
  description:
    'Only what is given changes; labels are replaced as a whole. A kubeconfig with another endpoint makes the old credentials unusable in the same step.',
  kind: 'mutation',
  role: 'admin',
  rest: { method: 'PATCH', path: '/v1/clusters/{clusterId}', query: ['validateOnly'], status: 200 },
  grpc: { service: 'ClusterService', method: 'UpdateCluster' },
  request: z
    .strictObject({
      clusterId: Id,
      name: Name.optional(),
      labels: Labels.optional(),
      kubeconfig: kubeconfig.optional(),
      context: context.optional(),
      validateOnly,
    })
    .meta({
      id: 'UpdateClusterRequest',
      examples: [{ labels: { region: 'eu-west', stage: 'canary' } }],
    }),
  response: Cluster,
  ifMatch: true,
  problems: ['cluster-not-found', ...kubeconfigProblemCodes, 'cluster-name-taken'],
});

export const removeCluster = defineOperation({
  id: 'removeCluster',
  summary: 'Remove a cluster and its credentials',
  description: 'Its jobs and audit events stay. Refused while a job runs on it.',
  kind: 'mutation',
  role: 'admin',
  rest: { method: 'DELETE', path: '/v1/clusters/{clusterId}', status: 204 },
  grpc: { service: 'ClusterService', method: 'RemoveCluster' },
  request: z.strictObject({ clusterId: Id, validateOnly }).meta({ id: 'RemoveClusterRequest' }),
  response: z.object({}).meta({ id: 'RemoveClusterResponse' }),
  ifMatch: true,
  problems: ['cluster-not-found', 'cluster-has-running-jobs'],
});

export const observeCluster = defineOperation({
  id: 'observeCluster',
  summary: 'Observe a cluster now',
  description:
    'Asks for a new observation by every tuner. It is there once `previewPlan` shows a newer one.',
  kind: 'mutation',
  role: 'operator',
  rest: {
    method: 'POST',
    path: '/v1/clusters/{clusterId}/observe',
    query: ['validateOnly'],
    status: 202,
    location: '/v1/clusters/{id}',
  },
  grpc: { service: 'ClusterService', method: 'ObserveCluster' },
  request: z.strictObject({ clusterId: Id, validateOnly }).meta({ id: 'ObserveClusterRequest' }),
  response: Cluster,
  problems: ['cluster-not-found'],
});
