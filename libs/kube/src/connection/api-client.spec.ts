import {
  AddressRefused,
  ClusterForbidden,
  ClusterUnreachable,
  type ClusterCredentials,
} from '@fairlead/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerJson, httpsApi, type Handler, type HttpsApi } from '../testing/https-api.js';
import { addressRules } from './address-policy.js';
import { apiClient, type ApiClient, type ApiClientOptions } from './api-client.js';

const never = new AbortController().signal;
const get = (path: string) => ({ method: 'GET', path, doing: 'get a thing' }) as const;

describe('apiClient', () => {
  let handler: Handler;
  let api: HttpsApi;
  const clients: ApiClient[] = [];

  beforeEach(async () => {
    handler = (_request, response) => answerJson(response, 200, { ok: true });
    api = await httpsApi((request, response) => handler(request, response));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await api.close();
  });

  function connected(
    credentials: ClusterCredentials,
    more: Partial<ApiClientOptions> = {},
  ): ApiClient {
    const client = apiClient({
      credentials,
      rules: addressRules({ allow: ['127.0.0.0/8'] }),
      userAgent: 'fairlead/0.1.0 (job j1)',
      auditPrefix: 'j1.7.abcd',
      ...more,
    });
    clients.push(client);
    return client;
  }

  it('names its job in every request, with an Audit-ID of its own', async () => {
    const seen: unknown[] = [];
    handler = (request, response) => {
      const { 'user-agent': agent, 'audit-id': audit, authorization } = request.headers;
      seen.push([agent, audit, authorization]);
      answerJson(response, 200, {});
    };
    const client = connected(api.credentials());

    await client.call(get('/a'), never);
    await client.call(get('/b'), never);

    expect(seen).toEqual([
      ['fairlead/0.1.0 (job j1)', 'j1.7.abcd.1', 'Bearer secret-token'],
      ['fairlead/0.1.0 (job j1)', 'j1.7.abcd.2', 'Bearer secret-token'],
    ]);
  });

  it('follows no redirect', async () => {
    const paths: unknown[] = [];
    handler = (request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: `https://127.0.0.1:${api.port}/elsewhere` }).end();
    };

    const call = connected(api.credentials()).call(get('/here'), never);

    await expect(call).rejects.toMatchObject({ code: 'redirect-refused' });
    expect(paths).toEqual(['/here']);
  });

  it('connects to no address that the policy refuses, whether written or resolved', async () => {
    const closed = addressRules({ allow: [] });
    const byAddress = connected(api.credentials(), { rules: closed });
    const byName = connected(api.credentials('cluster.test'), {
      rules: closed,
      lookup: () => Promise.resolve(['127.0.0.1']),
    });

    await expect(byAddress.call(get('/'), never)).rejects.toBeInstanceOf(AddressRefused);
    await expect(byName.call(get('/'), never)).rejects.toBeInstanceOf(AddressRefused);
    expect(api.connections()).toBe(0);
  });

  it('refuses a name of which a single address is refused', async () => {
    const lookup = () => Promise.resolve(['127.0.0.1', '169.254.169.254']);

    const call = connected(api.credentials('cluster.test'), { lookup }).call(get('/'), never);

    await expect(call).rejects.toBeInstanceOf(AddressRefused);
    expect(api.connections()).toBe(0);
  });

  it('is not fooled by a name that changes its address: one look-up per connection, and that is connected to', async () => {
    handler = (_request, response) => {
      response.setHeader('connection', 'close');
      answerJson(response, 200, {});
    };
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['10.0.0.1']];
    let asked = 0;
    const client = connected(api.credentials('cluster.test'), {
      rules: addressRules({ allow: ['127.0.0.1/32'] }),
      lookup: () => Promise.resolve(answers[asked++] ?? []),
    });

    await client.call(get('/'), never);
    expect(asked).toBe(1);
    await expect(client.call(get('/'), never)).rejects.toBeInstanceOf(AddressRefused);
    await expect(client.call(get('/'), never)).rejects.toBeInstanceOf(AddressRefused);

    expect(api.connections()).toBe(1);
  });

  it('trusts the CA of the cluster alone, and only for the name that is asked for', async () => {
    const stranger = await httpsApi((_request, response) => answerJson(response, 200, {}));
    const lookup = () => Promise.resolve(['127.0.0.1']);
    try {
      const otherCa = connected({ ...api.credentials(), caPem: stranger.caPem });
      const otherName = connected(api.credentials('other.test'), { lookup });
      const pinnedName = connected(
        { ...api.credentials('other.test'), tlsServerName: 'cluster.test' },
        { lookup },
      );

      await expect(otherCa.call(get('/'), never)).rejects.toMatchObject({
        code: 'cluster-tls-refused',
      });
      await expect(otherName.call(get('/'), never)).rejects.toMatchObject({
        code: 'cluster-tls-refused',
      });
      await expect(pinnedName.call(get('/'), never)).resolves.toMatchObject({ body: {} });
    } finally {
      await stranger.close();
    }
  });

  it('lets no text of the server into its errors', async () => {
    handler = (_request, response) =>
      answerJson(response, 403, {
        kind: 'Status',
        reason: 'Forbidden',
        message: 'user "PLANTED" cannot',
      });
    const refused = connected(api.credentials()).call(get('/'), never);

    const error = await refused.catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ClusterForbidden);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('PLANTED');
  });

  it('gives the caller his own reason back when he ends a call, and ClusterUnreachable when time runs out', async () => {
    handler = () => undefined;
    const client = connected(api.credentials());
    const reason = new Error('lease lost');

    const aborted = new AbortController();
    const call = client.call(get('/'), aborted.signal);
    aborted.abort(reason);
    await expect(call).rejects.toBe(reason);
    await expect(
      client.call({ ...get('/'), deadlineMilliseconds: 50 }, never),
    ).rejects.toMatchObject({
      code: 'cluster-unreachable',
      message: expect.stringContaining('ETIMEDOUT') as string,
    });
  });

  it('reports a port where nobody listens as unreachable', async () => {
    const credentials = api.credentials();
    await api.close();

    await expect(connected(credentials).call(get('/'), never)).rejects.toBeInstanceOf(
      ClusterUnreachable,
    );
  });

  it('shares at most eight connections among any number of calls, and counts what they cost', async () => {
    const client = connected(api.credentials());

    await Promise.all(Array.from({ length: 40 }, () => client.call(get('/'), never)));

    expect(api.connections()).toBeLessThanOrEqual(8);
    const { requests, bytesSent, bytesReceived } = client.stats();
    expect(requests).toBe(40);
    expect(bytesSent).toBeGreaterThan(40 * 100);
    expect(bytesReceived).toBeGreaterThan(40 * 50);
  });

  it('keeps counting the bytes of connections that have closed', async () => {
    const client = connected(api.credentials());
    await client.call(get('/'), never);
    const { bytesSent } = client.stats();

    await client.close();

    expect(client.stats().bytesSent).toBeGreaterThanOrEqual(bytesSent);
  });

  it('yields the lines of a watch as they come, wherever the chunks are cut', async () => {
    handler = (_request, response) => {
      response.write('{"type":"ADDED","obj');
      setImmediate(() => response.end('ect":{}}\n\n{"type":"DELETED"}\n'));
    };

    const events = await Array.fromAsync(connected(api.credentials()).stream(get('/watch'), never));

    expect(events).toEqual([{ type: 'ADDED', object: {} }, { type: 'DELETED' }]);
  });
});
