import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations, type Operation, type OperationId } from '@fairlead/contract';
import { roles, type Role } from '@fairlead/core';
import { GrpcCallFailed } from '../grpc/client.js';
import { testGateway, type TestGateway } from '../testing/test-gateway.js';

/** Written out, not derived: whoever changes who may do what changes this table too. */
const leastRole: Readonly<Record<OperationId, Role>> = {
  registerCluster: 'admin',
  getCluster: 'viewer',
  listClusters: 'viewer',
  updateCluster: 'admin',
  removeCluster: 'admin',
  observeCluster: 'operator',
  getAdvice: 'viewer',
  exportAdvice: 'viewer',
  listFleetAdvice: 'viewer',
  listTuners: 'viewer',
  listParameters: 'viewer',
  createProfile: 'operator',
  reviseProfile: 'operator',
  getProfile: 'viewer',
  listProfiles: 'viewer',
  previewPlan: 'viewer',
  createJob: 'operator',
  getJob: 'viewer',
  listJobs: 'viewer',
  approveJob: 'approver',
  cancelJob: 'operator',
  undoJob: 'operator',
  watchJob: 'viewer',
  getMeasurements: 'viewer',
  listSamples: 'viewer',
  exportSamples: 'viewer',
  listAuditEvents: 'viewer',
  watchAuditEvents: 'viewer',
  verifyAuditChain: 'operator',
  exportAuditEvents: 'operator',
  createApiKey: 'admin',
  listApiKeys: 'admin',
  revokeApiKey: 'admin',
};

describe('who may call what', () => {
  let api: TestGateway;

  beforeAll(async () => {
    api = await testGateway();
  });
  afterAll(() => api.stop());

  /** Whatever the request lacks is told only to those who may call at all, so an empty one tells enough. */
  async function overRest(operation: Operation, key: string | undefined): Promise<number> {
    const { method, path } = operation.rest;
    const gone = new AbortController();
    const url = api.gateway.httpUrl + path.replaceAll(/\{\w+\}/g, 'nobody');
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const { status } = await fetch(`${url}?stranger=1`, { method, headers, signal: gone.signal });
    gone.abort();
    return status;
  }

  async function overGrpc(operation: Operation, key: string | undefined): Promise<number> {
    // No UUID, so that a caller who may call is refused as well, before anything happens.
    const request = Object.fromEntries(
      Object.keys(operation.request.shape)
        .filter((name) => /Id$/.test(name) || name === 'pageToken' || name === 'after')
        .map((name) => [name, 'nobody']),
    );
    const isStream = operation.kind === 'watch' || operation.kind === 'download';
    try {
      if (isStream) await api.grpc.stream(operation.id as OperationId, request, { key }).next();
      else await api.grpc.call(operation.id as OperationId, request, { key });
      return 0;
    } catch (error) {
      if (error instanceof GrpcCallFailed) return error.status.grpcStatus;
      throw error;
    }
  }

  it.each(Object.entries(operations) as unknown as [OperationId, Operation][])(
    '%s is for its role and those above it, over both transports',
    async (id, operation) => {
      const allowed = roles.slice(roles.indexOf(leastRole[id]));

      expect(await overRest(operation, undefined)).toBe(401);
      expect(await overGrpc(operation, undefined)).toBe(16);
      for (const role of roles) {
        const isAllowed = allowed.includes(role);
        const [rest, grpc] = [
          await overRest(operation, api.keys[role]),
          await overGrpc(operation, api.keys[role]),
        ];
        expect([role, rest === 403, grpc === 7]).toEqual([role, !isAllowed, !isAllowed]);
        expect([401, 500]).not.toContain(rest);
        expect([16, 13]).not.toContain(grpc);
      }
    },
  );

  it('lets nobody below approver ask for a job without approval', async () => {
    const nowhere = '01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22';
    const asked = { clusterId: nowhere, profileId: nowhere, approval: 'not-required' };

    const operator = await api.rest.call('createJob', asked, { key: api.keys.operator });
    const approver = await api.rest.call('createJob', asked, { key: api.keys.approver });

    expect([operator.status, approver.status]).toEqual([403, 404]);
  });

  it('stops a revoked key within seconds', async () => {
    const made = await api.rest.call(
      'createApiKey',
      { name: 'x', role: 'viewer' },
      { key: api.keys.admin },
    );
    const { apiKey, key } = made.body as { apiKey: { id: string }; key: string };
    await api.rest.call('revokeApiKey', { apiKeyId: apiKey.id }, { key: api.keys.admin });

    await expect
      .poll(async () => (await api.rest.call('listJobs', {}, { key })).status, { timeout: 8000 })
      .toBe(401);
  });
});
