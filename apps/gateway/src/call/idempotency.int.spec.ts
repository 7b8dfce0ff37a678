import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '@fairlead/core';
import { aKubeconfig } from '../testing/kubeconfigs.js';
import { testGateway, type TestGateway } from '../testing/test-gateway.js';
import { scalarText } from '../scalar-text.js';

describe('Idempotency-Key', () => {
  let api: TestGateway;
  let asked: JsonObject;
  const call = (idempotencyKey: string, key = api.keys.admin) =>
    api.rest.call('createJob', asked, { key, idempotencyKey });

  beforeAll(async () => {
    api = await testGateway();
    const options = { key: api.keys.admin };
    const cluster = await api.rest.call(
      'registerCluster',
      { name: 'c', kubeconfig: aKubeconfig() },
      options,
    );
    const profile = await api.rest.call(
      'createProfile',
      { name: 'p', settings: { echo: { value: 2 } } },
      options,
    );
    asked = {
      clusterId: scalarText(cluster.body['id']),
      profileId: scalarText(profile.body['id']),
    };
  });
  afterAll(() => api.stop());

  it('makes one job of 200 calls at once', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => call('once')));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(
      answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true'),
    ).toHaveLength(199);
    const jobs = await api.rest.call('listJobs', {}, { key: api.keys.viewer });
    expect(jobs.body['jobs']).toHaveLength(1);
    const events = await api.rest.call(
      'listAuditEvents',
      { type: 'job.created' },
      { key: api.keys.viewer },
    );
    expect(events.body['events']).toHaveLength(1);
  });

  it('knows the call again over the other transport', async () => {
    const overRest = await call('both');

    const overGrpc = await api.grpc.call('createJob', asked, {
      key: api.keys.admin,
      idempotencyKey: 'both',
    });

    expect(overGrpc['id']).toBe(overRest.body['id']);
  });

  it('belongs to its caller: the same key of another makes another job', async () => {
    const [one, two] = await Promise.all([call('mine'), call('mine', api.keys.operator)]);

    expect(one.body['id']).not.toBe(two.body['id']);
  });

  it('keeps nothing of a call that was only tried', async () => {
    const tried = await api.rest.call(
      'createJob',
      { ...asked, validateOnly: true },
      { key: api.keys.admin, idempotencyKey: 'dry' },
    );
    const done = await call('dry');

    expect(tried.status).toBe(202);
    expect(done.headers.get('idempotency-replayed')).toBeNull();
    expect(
      (
        await api.rest.call(
          'getJob',
          { jobId: scalarText(tried.body['id']) },
          { key: api.keys.viewer },
        )
      ).status,
    ).toBe(404);
  });

  it('shows a new API key once, and never again', async () => {
    const request = { name: 'CI', role: 'viewer' };
    const options = { key: api.keys.admin, idempotencyKey: 'key' };
    const first = await api.rest.call('createApiKey', request, options);
    const second = await api.rest.call('createApiKey', request, options);

    expect(first.body['key']).toMatch(/^flk_/);
    expect(second.body).toEqual({ apiKey: first.body['apiKey'] });
    const works = await api.rest.call('listJobs', {}, { key: scalarText(first.body['key']) });
    expect(works.status).toBe(200);
  });
});
