import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '@fairlead/core';
import { type GrpcCallFailed } from '../grpc/client.js';
import { aKubeconfig } from '../testing/kubeconfigs.js';
import { tester, testGateway, type TestGateway } from '../testing/test-gateway.js';
import { moveJob } from '../testing/worker-stand-in.js';
import { scalarText } from '../scalar-text.js';

describe('streams', () => {
  let api: TestGateway;
  let jobId: string;
  let viewer: { readonly key: string };

  beforeEach(async () => {
    api = await testGateway({
      heartbeatMilliseconds: 50,
      slowReaderMilliseconds: 300,
      streamsPerActor: 3,
    });
    viewer = { key: api.keys.viewer };
    const admin = { key: api.keys.admin };
    const cluster = await api.rest.call(
      'registerCluster',
      { name: 'c', kubeconfig: aKubeconfig() },
      admin,
    );
    const profile = await api.rest.call(
      'createProfile',
      { name: 'p', settings: { echo: { value: 2 } } },
      admin,
    );
    const asked = {
      clusterId: scalarText(cluster.body['id']),
      profileId: scalarText(profile.body['id']),
    };
    jobId = scalarText((await api.rest.call('createJob', asked, admin)).body['id']);
  });
  afterEach(() => api.stop());

  const addEvents = (count: number, data: JsonObject = {}) =>
    api.store.command({ actor: tester }, async (tx) => {
      for (let n = 0; n < count; n += 1) {
        tx.audit({
          type: 'test.noted',
          actor: tester,
          subject: { kind: 'job', id: jobId },
          jobId,
          data: { n, ...data },
        });
      }
      return Promise.resolve({});
    });

  const over = {
    rest: (request: JsonObject, signal: AbortSignal) => {
      const { after, ...rest } = request;
      const lastEventId = after === undefined ? {} : { lastEventId: scalarText(after) };
      return api.rest.events('watchJob', rest, { ...viewer, ...lastEventId, signal });
    },
    grpc: (request: JsonObject, signal: AbortSignal) =>
      api.grpc.stream('watchJob', request, { ...viewer, signal }),
  };

  it.each(['rest', 'grpc'] as const)(
    'misses nothing that happens while the reader is away (%s)',
    async (transport) => {
      const seen: JsonObject[] = [];
      let after: string | undefined;
      for (let round = 0; round < 4; round += 1) {
        await addEvents(3);
        const gone = new AbortController();
        const request = { jobId, ...(after !== undefined && { after }) };
        let here = 0;
        for await (const event of over[transport](request, gone.signal)) {
          seen.push(event);
          after = scalarText(event['cursor']);
          // Leaves in the middle of what there is, or after something that comes live.
          if (++here === 2) await addEvents(2);
          if (here === 4) break;
        }
        gone.abort();
      }
      await moveJob(api.store, jobId, 'cancelled');
      for await (const event of over[transport](
        { jobId, after: after ?? '' },
        new AbortController().signal,
      )) {
        seen.push(event);
      }

      const all = await api.rest.call('listAuditEvents', { jobId, pageSize: 500 }, viewer);
      const wanted = (all.body['events'] as readonly JsonObject[]).map(({ seq }) =>
        scalarText(seq),
      );
      expect(seen.at(-1)).toMatchObject({
        type: 'watch.ended',
        state: 'cancelled',
        cursor: wanted.at(-1),
      });
      expect(seen.slice(0, -1).map(({ cursor }) => cursor)).toEqual(wanted);
    },
  );

  it('sends what is committed at once, and ends when the job has', async () => {
    const events = over.rest({ jobId }, new AbortController().signal);
    expect((await events.next()).value).toMatchObject({ type: 'job.created', state: 'queued' });

    const begin = performance.now();
    await moveJob(api.store, jobId, 'observing', 'unchanged');
    const rest = await Array.fromAsync(events);

    expect(rest.map(({ type }) => type)).toEqual(['job.moved', 'job.moved', 'watch.ended']);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('goes on with a job that is undone after it had ended', async () => {
    await moveJob(
      api.store,
      jobId,
      'observing',
      'planned',
      'measuring-before',
      'applying',
      'verifying',
      'settling',
      'measuring-after',
      'judging',
      'succeeded',
    );
    const first = await Array.fromAsync(over.grpc({ jobId }, new AbortController().signal));
    const after = scalarText(first.at(-1)?.['cursor']);
    await api.rest.call('undoJob', { jobId }, { key: api.keys.admin });
    await moveJob(api.store, jobId, 'reverted');

    const second = await Array.fromAsync(over.grpc({ jobId, after }, new AbortController().signal));

    expect(second.map(({ type }) => type)).toEqual([
      'job.undo-requested',
      'job.moved',
      'watch.ended',
    ]);
  });

  it.each(['99999', 'never', '-1', '1.5', ''])(
    'refuses the cursor "%s", which was never given out',
    async (after) => {
      const url = `${api.gateway.httpUrl}/v1/jobs/${jobId}/events?after=${after}`;
      const rest = await fetch(url, { headers: { authorization: `Bearer ${viewer.key}` } });
      const grpc = over.grpc({ jobId, after }, new AbortController().signal).next();

      expect(rest.status).toBe(410);
      expect(await rest.json()).toMatchObject({ code: 'cursor-unusable' });
      await expect(grpc).rejects.toMatchObject({
        status: { code: 'cursor-unusable', grpcStatus: 11 },
      });
    },
  );

  it('beats while nothing happens', async () => {
    const gone = new AbortController();
    const response = await fetch(`${api.gateway.httpUrl}/v1/audit/events/stream`, {
      headers: { authorization: `Bearer ${viewer.key}` },
      signal: gone.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (text.split(':\n\n').length < 5) text += (await reader?.read())?.value ?? '';
    gone.abort();

    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(text.replaceAll(':\n\n', '')).toBe('');
  });

  it('cuts off who reads too slowly, and lets them resume where they were', async () => {
    const note = 'x'.repeat(100_000);
    const { hostname, port } = new URL(api.gateway.httpUrl);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.write(
      `GET /v1/audit/events/stream?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${viewer.key}\r\n\r\n`,
    );
    socket.pause();
    for (let n = 0; n < 20; n += 1) await addEvents(10, { note });
    const closed = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      socket.on('error', () => resolve(text));
      socket.on('close', () => resolve(text));
    });
    // Longer than the gateway waits for a reader.
    await sleep(1500);
    socket.resume();
    const text = await closed;

    const ids = [...text.matchAll(/^id: (\d+)\nevent: .*\ndata: .*\n\n/gm)].map((match) =>
      Number(match[1]),
    );
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(200);
    expect(ids).toEqual(ids.map((_id, place) => place + 1));
    const last = ids.at(-1) ?? 0;
    const resumed = api.rest.events(
      'watchAuditEvents',
      {},
      { ...viewer, lastEventId: String(last) },
    );
    expect((await resumed.next()).value).toMatchObject({ seq: last + 1 });
    await resumed.return(undefined);
  });

  it('bounds how many streams one caller has open, and counts those that ended', async () => {
    const open = Array.from({ length: 3 }, () => {
      const gone = new AbortController();
      return { gone, events: over.grpc({ jobId }, gone.signal) };
    });
    for (const { events } of open) await events.next();

    const fourth = over.grpc({ jobId }, new AbortController().signal).next();
    await expect(fourth).rejects.toMatchObject({
      status: { code: 'too-many-streams', grpcStatus: 8 },
    });

    for (const { gone, events } of open) {
      gone.abort();
      await events.return(undefined);
    }
    await expect
      .poll(async () => {
        const events = over.grpc({ jobId }, new AbortController().signal);
        try {
          return (await events.next()).done;
        } catch (error) {
          return (error as GrpcCallFailed).status.code;
        } finally {
          await events.return(undefined);
        }
      })
      .toBe(false);
  });

  it('ends when the gateway stops, with an error from which to resume', async () => {
    const events = over.grpc({ jobId }, new AbortController().signal);
    await events.next();

    const cutOff = expect(events.next()).rejects.toMatchObject({ status: { grpcStatus: 14 } });
    await api.gateway.stop();

    await cutOff;
  });
});
