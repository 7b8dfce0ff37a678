import type { SeenObject } from '@fairlead/core';
import { X509Certificate } from 'node:crypto';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressRules } from '../connection/address-policy.js';
import { apiClient, type ApiClient } from '../connection/api-client.js';
import { writeEdits } from '../edits/write-edits.js';
import { answerJson, httpsApi, type HttpsApi } from '../testing/https-api.js';
import { caSha256, compareIdentity } from './identity.js';
import { countObjects, listObjects, readObject } from './read-objects.js';
import { resourcesOf } from './resources.js';
import { withoutServerFields } from './server-fields.js';
import { rolloutOf } from './workloads.js';
import { applyObject, removeObject } from './write-objects.js';

const never = new AbortController().signal;
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'c' };

/** Answers in the order given: `[status, body]` each, and keeps what was asked. */
describe('objects over the API', () => {
  let script: [number, unknown][];
  let asked: { line: string; type: string | undefined; body: unknown }[];
  let api: HttpsApi;
  let client: ApiClient;

  beforeEach(async () => {
    asked = [];
    api = await httpsApi((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        const body: unknown = text === '' ? null : JSON.parse(text);
        asked.push({
          line: `${request.method} ${request.url}`,
          type: request.headers['content-type'],
          body,
        });
        const [status, answer] = script.shift() ?? [500, {}];
        answerJson(response, status, answer);
      });
    });
    client = apiClient({
      credentials: api.credentials(),
      rules: addressRules({ allow: ['127.0.0.0/8'] }),
      userAgent: 'fairlead',
      auditPrefix: 'j',
    });
  });
  afterEach(async () => {
    await client.close();
    await api.close();
  });
  const lines = () => asked.map(({ line }) => line);

  it('reads a list in pages and gives each object its kind', async () => {
    script = [
      [
        200,
        { metadata: { continue: 'next' }, items: [{ metadata: { name: 'b', namespace: 'x' } }] },
      ],
      [200, { metadata: {}, items: [{ metadata: { name: 'a', namespace: 'x' } }] }],
    ];

    const found = await listObjects(
      client,
      resourcesOf(client),
      { apiVersion: 'apps/v1', kind: 'DaemonSet' },
      { labelSelector: 'a=b' },
      never,
    );

    expect(found).toEqual([
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'a', namespace: 'x' } },
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'b', namespace: 'x' } },
    ]);
    expect(lines()).toEqual([
      'GET /apis/apps/v1/daemonsets?labelSelector=a%3Db&limit=500',
      'GET /apis/apps/v1/daemonsets?labelSelector=a%3Db&limit=500&continue=next',
    ]);
  });

  const services = { apiVersion: 'v1', kind: 'Service' };
  it.each([
    ['none', { metadata: {}, items: [] }, 0],
    ['one', { metadata: {}, items: [{ metadata: { name: 'a' } }] }, 1],
    [
      'ten thousand',
      {
        metadata: { continue: 'next', remainingItemCount: 9999 },
        items: [{ metadata: { name: 'a' } }],
      },
      10_000,
    ],
    [
      'more than the server tells',
      { metadata: { continue: 'next' }, items: [{ metadata: { name: 'a' } }] },
      null,
    ],
  ])('counts %s in one request', async (_name, answer, expected) => {
    script = [[200, answer]];

    expect(await countObjects(client, resourcesOf(client), services, never)).toBe(expected);
    expect(lines()).toEqual(['GET /api/v1/services?limit=1']);
  });

  it('starts a list anew, once, when its pages expired on the way', async () => {
    script = [
      [200, { metadata: { continue: 'next' }, items: [{ metadata: { name: 'old' } }] }],
      [410, { kind: 'Status', reason: 'Expired' }],
      [200, { metadata: {}, items: [{ metadata: { name: 'new' } }] }],
    ];

    const found = await listObjects(
      client,
      resourcesOf(client),
      { apiVersion: 'v1', kind: 'Node' },
      {},
      never,
    );

    expect(found.map(({ metadata }) => metadata.name)).toEqual(['new']);
  });

  it('asks discovery once for a kind that is not built in, and takes an absent kind for an absent object', async () => {
    const discovery = {
      resources: [
        { name: 'felixconfigurations/status', kind: 'FelixConfiguration' },
        { name: 'felixconfigurations', kind: 'FelixConfiguration', namespaced: false },
      ],
    };
    script = [
      [200, discovery],
      [200, { metadata: { name: 'default' } }],
      [404, {}],
      [404, {}],
    ];
    const resources = resourcesOf(client);
    const felix = {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'FelixConfiguration',
      name: 'default',
    };

    expect(await readObject(client, resources, felix, never)).toMatchObject({
      metadata: { name: 'default' },
    });
    expect(await readObject(client, resources, felix, never)).toBeNull();
    expect(
      await readObject(client, resources, { ...felix, apiVersion: 'no.such/v1' }, never),
    ).toBeNull();

    expect(lines()).toEqual([
      'GET /apis/crd.projectcalico.org/v1',
      'GET /apis/crd.projectcalico.org/v1/felixconfigurations/default',
      'GET /apis/crd.projectcalico.org/v1/felixconfigurations/default',
      'GET /apis/no.such/v1',
    ]);
  });

  const manifest = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'ns' },
    data: { a: '1' },
  };
  const ours = { labels: { 'app.kubernetes.io/managed-by': 'fairlead' } };

  it('applies without force, as fairlead, bound to the object that it looked at', async () => {
    script = [
      [200, { ...manifest, metadata: { ...manifest.metadata, ...ours, uid: 'u1' } }],
      [200, manifest],
    ];

    await applyObject(client, resourcesOf(client), manifest, never);

    expect(asked[1]).toEqual({
      line: 'PATCH /api/v1/namespaces/ns/configmaps/c?fieldManager=fairlead',
      type: 'application/apply-patch+yaml',
      body: { ...manifest, metadata: { ...manifest.metadata, ...ours, uid: 'u1' } },
    });
  });

  it('never adopts an object that somebody else made', async () => {
    script = [[200, manifest]];

    await expect(applyObject(client, resourcesOf(client), manifest, never)).rejects.toMatchObject({
      code: 'object-not-ours',
    });
    expect(asked).toHaveLength(1);
  });

  it('names the manager that owns a field', async () => {
    const causes = [
      {
        reason: 'FieldManagerConflict',
        field: '.data.a',
        message: 'conflict with "kubectl-edit" using v1',
      },
    ];
    script = [
      [404, {}],
      [409, { kind: 'Status', reason: 'Conflict', details: { causes } }],
    ];

    await expect(applyObject(client, resourcesOf(client), manifest, never)).rejects.toMatchObject({
      code: 'field-conflict',
      message: 'kubectl-edit owns .data.a of ConfigMap ns/c.',
    });
  });

  it('deletes the object with that uid alone, and waits until it is gone', async () => {
    script = [
      [200, {}],
      [200, { metadata: { name: 'c', uid: 'u1' } }],
      [404, {}],
    ];

    await removeObject(client, resourcesOf(client), configMap, 'u1', never);

    expect(asked[0]?.body).toMatchObject({
      preconditions: { uid: 'u1' },
      propagationPolicy: 'Background',
    });
    expect(asked).toHaveLength(3);
  });

  it.each([
    ['is gone already', 404, null],
    ['has another uid', 409, 'object-changed'],
  ])('ends well or tells, when what it deletes %s', async (_what, status, code) => {
    script = [[status, { kind: 'Status', reason: 'Conflict' }]];

    const removal = removeObject(client, resourcesOf(client), configMap, 'u1', never);

    if (code === null) await expect(removal).resolves.toBeUndefined();
    else await expect(removal).rejects.toMatchObject({ code });
  });

  it.each([
    ['somebody wrote it meanwhile', { uid: 'u1', resourceVersion: '8' }, 'object-changed'],
    ['it was made anew meanwhile', { uid: 'u2', resourceVersion: '7' }, 'object-changed'],
    ['the server rejects what it says', { uid: 'u1', resourceVersion: '7' }, 'object-rejected'],
  ])('tells a failed test from a bad edit when %s', async (_what, metadata, code) => {
    const object = {
      ...manifest,
      metadata: { ...manifest.metadata, uid: 'u1', resourceVersion: '7' },
    } as SeenObject;
    script = [
      [422, { kind: 'Status', reason: 'Invalid' }],
      [200, { metadata: { name: 'c', ...metadata } }],
    ];

    const edit = writeEdits(
      client,
      resourcesOf(client),
      object,
      [{ path: ['data', 'a'], value: '2' }],
      {},
      never,
    );

    await expect(edit).rejects.toMatchObject({ code });
    expect(asked[0]?.body).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u1' },
      { op: 'test', path: '/metadata/resourceVersion', value: '7' },
      { op: 'replace', path: '/data/a', value: '2' },
    ]);
  });

  it('identifies a CA by its certificates, whatever text stands around them', () => {
    const der = new X509Certificate(api.caPem).raw;
    const expected = createHash('sha256').update(der).digest('hex');

    expect(caSha256(api.caPem)).toBe(expected);
    expect(caSha256(`# our CA\n${api.caPem.replaceAll('\n', '\r\n')}\n`)).toBe(expected);
    expect(caSha256(api.caPem + api.caPem)).not.toBe(expected);
  });
});

describe('compareIdentity', () => {
  const registered = { uid: 'u', caSha256: 'c' };

  it.each([
    [registered, registered, null],
    [registered, { ...registered, uid: 'x' }, 'wrong-cluster'],
    [registered, { ...registered, caSha256: 'x' }, 'wrong-cluster'],
    [null, registered, 'cluster-not-identified'],
  ])('compares %j with %j', (pinned, seen, code) => {
    if (code === null) expect(() => compareIdentity(pinned, seen)).not.toThrow();
    else expect(() => compareIdentity(pinned, seen)).toThrow(expect.objectContaining({ code }));
  });
});

describe('rolloutOf', () => {
  const daemonSet = (status: object, spec: object = {}) =>
    ({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'd', generation: 2 },
      spec,
      status,
    }) as unknown as SeenObject;
  const deployment = (status: object) =>
    ({ ...daemonSet(status, { replicas: 2 }), kind: 'Deployment' }) as SeenObject;
  const all = {
    observedGeneration: 2,
    desiredNumberScheduled: 3,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
  };
  const full = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

  it.each([
    ['all is there', daemonSet(all), true, 'All 3'],
    [
      'its controller lags, though the numbers look full',
      daemonSet({ ...all, observedGeneration: 1 }),
      false,
      'controller',
    ],
    [
      'pods are old',
      daemonSet({ ...all, updatedNumberScheduled: 1 }),
      false,
      '1 of 3 pods are updated',
    ],
    [
      'it waits for somebody to delete pods',
      daemonSet({ ...all, updatedNumberScheduled: 1 }, { updateStrategy: { type: 'OnDelete' } }),
      false,
      'OnDelete',
    ],
    [
      'pods are not available',
      daemonSet({ ...all, numberAvailable: 2 }),
      false,
      '2 of 3 pods are available',
    ],
    ['a Deployment is done', deployment(full), true, 'All 2'],
    ['a Deployment still has old pods', deployment({ ...full, replicas: 3 }), false, '1 old pods'],
    ['a Deployment has no status yet', deployment({ observedGeneration: 2 }), false, '0 of 2'],
  ])('when %s', (_what, workload, done, words) => {
    const rollout = rolloutOf(workload);

    expect(rollout.done).toBe(done);
    expect(rollout.message).toContain(words);
  });
});

describe('withoutServerFields', () => {
  it('leaves what a new object may carry', () => {
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'c',
        labels: { a: 'b' },
        uid: 'u',
        resourceVersion: '1',
        managedFields: [],
        creationTimestamp: 't',
      },
      data: { x: 'y' },
      status: {},
    };

    expect(withoutServerFields(object)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', labels: { a: 'b' } },
      data: { x: 'y' },
    });
  });
});
