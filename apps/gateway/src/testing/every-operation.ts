import type { OperationId } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import type { EitherTransport, Outcome } from './either-transport.js';
import { aKubeconfig } from './kubeconfigs.js';
import type { TestGateway } from './test-gateway.js';
import { moveJob, observed } from './worker-stand-in.js';
import { scalarText } from '../scalar-text.js';

export interface Told {
  readonly operation: OperationId;
  readonly outcome: Outcome;
}

const nowhere = '01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22';

/** Every operation with success and its typical errors, in one story; the same over either transport. */
export async function everyOperation(
  { store, keys }: TestGateway,
  api: EitherTransport,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  const admin = { key: keys.admin };
  const keep = (operation: OperationId, outcome: Outcome) => {
    told.push({ operation, outcome });
    return 'response' in outcome ? outcome.response : ({} as JsonObject);
  };
  const call = async (id: OperationId, request: JsonObject, more: object = {}) =>
    keep(id, await api.call(id, request, { ...admin, ...more }));

  await call('listTuners', {});
  await call('listTuners', {}, { key: undefined });
  await call('listTuners', {}, { key: 'flk_nobody' });

  await call('listParameters', { owner: 'kube-proxy' });
  await call('listParameters', { tuner: 'echo' });
  await call('listParameters', { owner: 'x'.repeat(65) });

  await call('registerCluster', { name: 'Not A Name', kubeconfig: 'x' });
  await call('registerCluster', { name: 'one', kubeconfig: aKubeconfig('http://10.0.0.1') });
  await call('registerCluster', { name: 'one', kubeconfig: aKubeconfig(), validateOnly: true });
  const cluster = await call('registerCluster', {
    name: 'one',
    kubeconfig: aKubeconfig(),
    labels: { region: 'eu' },
  });
  await call('registerCluster', { name: 'one', kubeconfig: aKubeconfig() });
  await call('registerCluster', { name: 'two', kubeconfig: aKubeconfig() }, { key: keys.operator });
  const clusterId = scalarText(cluster['id']);
  await call('registerCluster', { name: 'two', kubeconfig: aKubeconfig() });
  await call('getCluster', { clusterId });
  await call('getCluster', { clusterId: nowhere });
  await call('getCluster', { clusterId: 'no-uuid' });
  await call('listClusters', { label: ['region=eu'] });
  const page = await call('listClusters', { pageSize: 1 });
  await call('listClusters', { pageSize: 1, pageToken: scalarText(page['nextPageToken']) });
  await call('listClusters', { pageSize: 1, pageToken: `${scalarText(page['nextPageToken'])}x` });
  await call('listJobs', { pageToken: scalarText(page['nextPageToken']) });
  await call('listClusters', { pageSize: 501 });
  await call('updateCluster', { clusterId, name: 'first' });
  await call('updateCluster', { clusterId, name: 'first' }, { ifMatch: '"v99"' });
  await call(
    'updateCluster',
    { clusterId, name: 'first' },
    { ifMatch: `"${scalarText(cluster['etag'])}"` },
  );
  await call('updateCluster', { clusterId, labels: {} }, { ifMatch: '*' });
  await call('updateCluster', { clusterId, context: 'x' }, { ifMatch: '*' });
  await call('observeCluster', { clusterId });
  await call('observeCluster', { clusterId: nowhere });

  await call('createProfile', { name: 'web', settings: { echo: { value: 70 } } });
  await call('createProfile', { name: 'web', settings: { stranger: {} } });
  await call('createProfile', { name: 'web', settings: {} });
  const profile = await call('createProfile', {
    name: 'web',
    description: 'For the web',
    settings: { echo: { value: 6 } },
  });
  const profileId = scalarText(profile['id']);
  await call('createProfile', { name: 'web', settings: { echo: { value: 6 } } });
  await call('reviseProfile', { profileId, settings: { echo: { value: 7 } } });
  await call(
    'reviseProfile',
    { profileId, settings: { echo: { value: 7 } } },
    { ifMatch: scalarText(profile['etag']) },
  );
  await call('getProfile', { profileId });
  await call('getProfile', { profileId, revision: 1 });
  await call('getProfile', { profileId, revision: 9 });
  await call('listProfiles', {});

  await call('getAdvice', { clusterId });
  await call('listFleetAdvice', {});
  await call('previewPlan', { clusterId, profileId });
  await store.command(
    { actor: { kind: 'system', id: 'test', name: 'Test', role: 'admin' } },
    async (tx) => {
      await tx.observations.put(clusterId, { echo: observed });
      return {};
    },
  );
  await call('previewPlan', { clusterId, profileId });
  await call('previewPlan', { clusterId, settings: { echo: { value: 7 } } });
  await call('getAdvice', { clusterId });
  await call('getAdvice', { clusterId: nowhere });
  keep('exportAdvice', await api.download('exportAdvice', { clusterId }, admin));
  keep('exportAdvice', await api.download('exportAdvice', { clusterId: nowhere }, admin));
  const counted = await call('listFleetAdvice', { pageSize: 1 });
  await call('listFleetAdvice', {
    pageSize: 1,
    pageToken: scalarText(counted['nextPageToken']),
  });
  await call('listFleetAdvice', { label: ['region=mars'] });
  await call('listFleetAdvice', { label: ['no-equals-sign'] });
  await call('listFleetAdvice', { pageToken: 'x' });
  await call('previewPlan', { clusterId });
  await call('previewPlan', { clusterId, settings: { echo: { value: 'many' } } });

  await call('createJob', { clusterId, profileId, validateOnly: true });
  await call('createJob', { clusterId, profileId: nowhere });
  await call(
    'createJob',
    { clusterId, profileId, approval: 'not-required' },
    { key: keys.operator },
  );
  const job = await call(
    'createJob',
    { clusterId, profileId, measuring: { rounds: 2 } },
    { idempotencyKey: 'k1' },
  );
  const jobId = scalarText(job['id']);
  await call(
    'createJob',
    { clusterId, profileId, measuring: { rounds: 2 } },
    { idempotencyKey: 'k1' },
  );
  await call('createJob', { clusterId, profileId }, { idempotencyKey: 'k1' });
  await call('createJob', { clusterId, profileId }, { idempotencyKey: 'x'.repeat(256) });
  await call('approveJob', { jobId, planHash: '0'.repeat(64) });
  await moveJob(store, jobId, 'observing', 'planned', 'awaiting-approval');
  await call('approveJob', { jobId, planHash: '0'.repeat(64) });
  await call('approveJob', { jobId, planHash: '0'.repeat(64) }, { key: keys.operator });
  const planned = await call('getJob', { jobId });
  await call('approveJob', { jobId, planHash: scalarText(planned['planHash']) });
  await call('undoJob', { jobId });
  await moveJob(
    store,
    jobId,
    'measuring-before',
    'applying',
    'verifying',
    'settling',
    'measuring-after',
    'judging',
    'succeeded',
  );
  await call('getJob', { jobId });
  await call('getJob', { jobId: nowhere });
  await call('cancelJob', { jobId });
  await call('listJobs', { clusterId, state: ['succeeded', 'failed'] });
  await call('listJobs', { state: ['nonsense'] });
  keep('watchJob', await api.take('watchJob', 99, { jobId }, admin));
  keep('watchJob', await api.take('watchJob', 1, { jobId, after: '99999' }, admin));
  keep('watchJob', await api.take('watchJob', 1, { jobId, after: 'never' }, admin));
  keep('watchJob', await api.take('watchJob', 1, { jobId: nowhere }, admin));
  await call('getMeasurements', { jobId });
  await call('getMeasurements', { jobId: nowhere });
  const samples = await call('listSamples', { jobId, pageSize: 2 });
  await call('listSamples', {
    jobId,
    pageSize: 2,
    pageToken: scalarText(samples['nextPageToken']),
  });
  keep('exportSamples', await api.download('exportSamples', { jobId }, admin));
  keep('exportSamples', await api.download('exportSamples', { jobId, format: 'json' }, admin));
  keep('exportSamples', await api.download('exportSamples', { jobId: nowhere }, admin));
  await call('undoJob', { jobId, onConflict: 'keep-theirs' });
  const second = await call('createJob', { clusterId, profileId });
  await call('cancelJob', { jobId: scalarText(second['id']) });
  await call('cancelJob', { jobId: scalarText(second['id']) });

  const made = await call(
    'createApiKey',
    { name: 'Pipeline', role: 'operator' },
    { idempotencyKey: 'k2' },
  );
  await call('createApiKey', { name: 'Pipeline', role: 'operator' }, { idempotencyKey: 'k2' });
  await call('createApiKey', { name: 'Pipeline', role: 'emperor' });
  await call('listApiKeys', {});
  await call('listApiKeys', {}, { key: keys.approver });
  await call('revokeApiKey', { apiKeyId: scalarText((made['apiKey'] as JsonObject)['id']) });
  await call('revokeApiKey', { apiKeyId: nowhere });

  await call('removeCluster', { clusterId });
  await call('removeCluster', { clusterId }, { ifMatch: '*' });
  const others = await call('listClusters', {});
  const other = (others['clusters'] as readonly JsonObject[]).find(({ name }) => name === 'two');
  await call('removeCluster', { clusterId: scalarText(other?.['id']) }, { ifMatch: '*' });

  await call('listAuditEvents', { pageSize: 3 });
  await call('listAuditEvents', { jobId, type: 'job.approved' });
  await call('verifyAuditChain', {});
  keep('watchAuditEvents', await api.take('watchAuditEvents', 2, { after: '0' }, admin));
  keep('watchAuditEvents', await api.take('watchAuditEvents', 1, { after: '99999' }, admin));
  keep('exportAuditEvents', await api.download('exportAuditEvents', {}, admin));
  keep('exportAuditEvents', await api.download('exportAuditEvents', {}, { key: keys.viewer }));
  return told;
}
