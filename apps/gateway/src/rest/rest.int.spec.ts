import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problemCatalogue } from '@fairlead/contract';
import { testGateway, type TestGateway } from '../testing/test-gateway.js';

describe('the edge of REST', () => {
  let api: TestGateway;

  beforeAll(async () => {
    api = await testGateway();
  });
  afterAll(() => api.stop());

  const send = (path: string, init: RequestInit = {}, key: string | null = api.keys.admin) =>
    fetch(api.gateway.httpUrl + path, {
      ...init,
      headers: { ...(key !== null && { authorization: `Bearer ${key}` }), ...init.headers },
    });
  const json = { 'content-type': 'application/json' };

  it.each([
    ['no such path', '/v1/nothing', {}, 404, 'path-not-found'],
    ['no such path outside the API', '/nothing', {}, 404, 'path-not-found'],
    [
      'a method that the path does not know',
      '/v1/jobs',
      { method: 'PUT' },
      405,
      'method-not-allowed',
    ],
    ['a HEAD, which would open a stream', '/v1/audit/events/stream', { method: 'HEAD' }, 405, null],
    ['a method that nobody knows', '/v1/jobs', { method: 'QUERY' }, 405, 'method-not-allowed'],
    ['a broken URL', '/v1/jobs/%zz', {}, 400, 'malformed-request'],
    [
      'broken JSON',
      '/v1/jobs',
      { method: 'POST', headers: json, body: '{' },
      400,
      'malformed-json',
    ],
    [
      'JSON that is not UTF-8',
      '/v1/jobs',
      { method: 'POST', headers: json, body: Uint8Array.from([0x22, 0xff, 0x22]) },
      400,
      'malformed-json',
    ],
    [
      'a poisoned prototype',
      '/v1/jobs',
      { method: 'POST', headers: json, body: '{"__proto__":{}}' },
      400,
      'malformed-json',
    ],
    [
      'another content type',
      '/v1/jobs',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' },
      415,
      'unsupported-media-type',
    ],
    [
      'a form',
      '/v1/jobs',
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'a=b',
      },
      415,
      'unsupported-media-type',
    ],
    [
      'too large a body',
      '/v1/jobs',
      { method: 'POST', headers: json, body: `"${'x'.repeat(262_145)}"` },
      413,
      'payload-too-large',
    ],
    [
      'a list as body',
      '/v1/jobs',
      { method: 'POST', headers: json, body: '[]' },
      400,
      'invalid-request',
    ],
    ['no body', '/v1/jobs', { method: 'POST', headers: json }, 400, 'invalid-request'],
    ['a stranger in the query', '/v1/jobs?limit=3', {}, 400, 'invalid-request'],
    [
      'a member in the wrong place',
      '/v1/jobs',
      { method: 'POST', headers: json, body: '{"validateOnly":true}' },
      400,
      'invalid-request',
    ],
    ['a member twice', '/v1/jobs?pageSize=1&pageSize=2', {}, 400, 'invalid-request'],
    ['a number that is none', '/v1/jobs?pageSize=1e1', {}, 400, 'invalid-request'],
    [
      'nesting without end',
      '/v1/profiles',
      {
        method: 'POST',
        headers: json,
        body: `{"name":"x","settings":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`,
      },
      400,
      'invalid-request',
    ],
    [
      'U+0000',
      '/v1/api-keys',
      { method: 'POST', headers: json, body: '{"name":"a\\u0000b","role":"viewer"}' },
      400,
      'invalid-request',
    ],
    [
      'half a surrogate pair',
      '/v1/api-keys',
      { method: 'POST', headers: json, body: '{"name":"\\ud800","role":"viewer"}' },
      400,
      'invalid-request',
    ],
  ] satisfies [string, string, RequestInit, number, string | null][])(
    'answers %s with a problem',
    async (_what, path, init, status, code) => {
      const response = await send(path, init);

      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
      if (code === null) return;
      const problem = (await response.json()) as Record<string, unknown>;
      expect(problem).toMatchObject({
        status,
        code,
        type: `https://fairlead.dev/problems/${code}`,
      });
      expect(problem['instance']).toBe(`urn:uuid:${response.headers.get('x-request-id') ?? ''}`);
    },
  );

  it('answers headers beyond the limit with a problem', async () => {
    const response = await send(`/v1/jobs?pageToken=${'x'.repeat(70_000)}`);

    expect(response.status).toBe(431);
    expect(await response.json()).toMatchObject({ code: 'headers-too-large', status: 431 });
  });

  it('names the methods of a path that knows others', async () => {
    const response = await send('/v1/clusters/01938f3a-7c1e-7d2a-9b53-0a6f4e0c1d22', {
      method: 'PUT',
    });

    expect(response.headers.get('allow')?.split(', ').toSorted()).toEqual([
      'DELETE',
      'GET',
      'PATCH',
    ]);
  });

  it.each([
    '/healthz',
    '/readyz',
    '/openapi.json',
    '/docs/',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
    '/problems/forbidden',
  ])('answers %s without a key, with security headers', async (path) => {
    const response = await send(path, {}, null);

    expect(response.status).toBe(200);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  it.each([
    '/docs/package.json',
    '/docs/../package.json',
    '/docs/swagger-ui.js',
    '/problems/nothing',
    '/problems/constructor',
  ])('does not give out %s', async (path) => {
    expect((await send(path, {}, null)).status).toBe(404);
  });

  it.each(['/v1/jobs', '/v1/nothing', '/v1/audit/export'])(
    'asks for a key at %s before anything else',
    async (path) => {
      for (const key of [null, 'nobody', '']) {
        const response = await send(path, { method: 'POST', headers: json, body: '{' }, key);
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toContain('Bearer');
      }
    },
  );

  it('serves the page of every problem', async () => {
    for (const code of Object.keys(problemCatalogue)) {
      const response = await send(`/problems/${code}`, {}, null);
      expect(await response.json()).toMatchObject({ code, title: problemCatalogue[code]?.title });
    }
  });

  it('tells where what was made can be read, unless it was only tried', async () => {
    const body = JSON.stringify({ name: 'web', settings: { echo: { value: 3 } } });
    const tried = await send('/v1/profiles?validateOnly=true', {
      method: 'POST',
      headers: json,
      body,
    });
    const made = await send('/v1/profiles', { method: 'POST', headers: json, body });
    const location = made.headers.get('location') ?? '';

    expect([tried.status, tried.headers.get('location')]).toEqual([201, null]);
    expect(made.status).toBe(201);
    expect((await send(location)).headers.get('etag')).toBe('"r1"');
  });
});
