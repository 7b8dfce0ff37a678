import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressRules } from '../connection/address-policy.js';
import { apiClient, type ApiClient } from '../connection/api-client.js';
import { answerJson, httpsApi, type HttpsApi } from '../testing/https-api.js';
import { clusterLease, leaseStanding, type LeaseClaim } from './cluster-lease.js';

const never = new AbortController().signal;
const now = Date.parse('2026-01-01T00:01:00Z');
const claim: LeaseClaim = { installationId: 'us', jobId: 'j2', fence: 7 };

function aLease(holder: string, fence: number, renewTime: string) {
  return {
    metadata: { annotations: { 'fairlead.dev/fence': String(fence) } },
    spec: { holderIdentity: holder, leaseDurationSeconds: 60, renewTime },
  };
}

describe('leaseStanding', () => {
  it.each([
    ['nobody holds it', { spec: {} }, { may: 'take' }],
    ['we hold it', aLease('us/j2', 7, '2026-01-01T00:00:59Z'), { may: 'take' }],
    [
      'an older worker of ours holds it',
      aLease('us/j1', 6, '2026-01-01T00:00:59Z'),
      { may: 'take' },
    ],
    [
      'a newer worker of ours holds it',
      aLease('us/j3', 8, '2026-01-01T00:00:00Z'),
      { may: 'not', because: 'newer-fence', holder: 'us/j3' },
    ],
    [
      'another installation holds it',
      aLease('them/j', 1, '2026-01-01T00:00:01Z'),
      { may: 'not', because: 'held', holder: 'them/j' },
    ],
    [
      'another installation let it expire',
      aLease('them/j', 99, '2026-01-01T00:00:00Z'),
      { may: 'take' },
    ],
    [
      'an installation whose name begins like ours holds it',
      aLease('us2/j', 1, '2026-01-01T00:00:59Z'),
      { may: 'not', because: 'held', holder: 'us2/j' },
    ],
  ])('when %s', (_what, lease, standing) => {
    expect(leaseStanding(lease, claim, now)).toEqual(standing);
  });
});

describe('clusterLease', () => {
  interface Stored {
    metadata: { resourceVersion?: string; annotations?: Record<string, string>; uid?: string };
    spec: { holderIdentity?: string; renewTime?: string; leaseTransitions?: number };
  }
  let stored: Stored | null;
  let methods: string[];
  let api: HttpsApi;
  let client: ApiClient;

  beforeEach(async () => {
    stored = null;
    methods = [];
    let version = 0;
    api = await httpsApi((request, response) => {
      let text = '';
      request.on('data', (chunk) => (text += String(chunk)));
      request.on('end', () => {
        methods.push(request.method ?? '');
        response.setHeader('date', new Date(now).toUTCString());
        const body = text === '' ? null : (JSON.parse(text) as Stored);
        if (request.method === 'GET')
          return answerJson(response, stored === null ? 404 : 200, stored ?? {});
        if (request.method === 'DELETE') {
          stored = null;
          return answerJson(response, 200, {});
        }
        const isStale =
          request.method === 'POST'
            ? stored !== null
            : body?.metadata.resourceVersion !== stored?.metadata.resourceVersion;
        if (isStale || body === null)
          return answerJson(response, 409, { kind: 'Status', reason: 'Conflict' });
        stored = {
          ...body,
          metadata: { ...body.metadata, uid: 'u', resourceVersion: String((version += 1)) },
        };
        answerJson(response, 200, stored);
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
  const lease = (more: Partial<LeaseClaim> = {}) =>
    clusterLease(client, 'fairlead-system', { ...claim, ...more });

  it('is taken with a look and a write, and renewed with a write alone', async () => {
    const ours = lease();

    await ours.hold(never);
    await ours.hold(never);

    expect(methods).toEqual(['GET', 'POST', 'PUT']);
    expect(stored).toMatchObject({
      metadata: { annotations: { 'fairlead.dev/fence': '7' } },
      spec: { holderIdentity: 'us/j2', leaseDurationSeconds: 60, leaseTransitions: 0 },
    });
  });

  it("goes by the API server's clock, not by ours", async () => {
    await lease().hold(never);

    expect(Date.parse(stored?.spec.renewTime ?? '')).toBeGreaterThanOrEqual(now);
    expect(Date.parse(stored?.spec.renewTime ?? '')).toBeLessThan(now + 10_000);
  });

  it('keeps another installation off, naming the holder, until it is released', async () => {
    const ours = lease();
    const theirs = lease({ installationId: 'them', jobId: 'x' });
    await ours.hold(never);

    await expect(theirs.hold(never)).rejects.toMatchObject({
      code: 'cluster-held',
      message: expect.stringContaining('us/j2') as string,
    });
    await ours.release(never);
    await theirs.hold(never);

    expect(stored?.spec.holderIdentity).toBe('them/x');
  });

  it('passes to a newer worker of the same installation, and the older one loses it', async () => {
    const older = lease();
    await older.hold(never);

    await lease({ jobId: 'j3', fence: 8 }).hold(never);

    await expect(older.hold(never)).rejects.toMatchObject({ code: 'lease-lost' });
    await older.release(never);
    expect(stored?.spec).toMatchObject({ holderIdentity: 'us/j3', leaseTransitions: 1 });
  });
});
