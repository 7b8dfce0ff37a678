import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentIdleSeconds, agentLineBytes, AgentAnswers, AgentReply } from '@fairlead/core';
import { KernelFiles } from './keys/kernel-files.js';
import { PathListener } from './paths/listen.js';
import { serve } from './session.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'fairlead-session-'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(root, { recursive: true });
});

/** An agent that answers over streams, and what it said so far. */
function anAgent(mode: 'host' | 'pod' = 'host') {
  const input = new PassThrough();
  const output = new PassThrough();
  const keys = new KernelFiles(root);
  const end = serve(input, output, {
    node: 'n1',
    mode,
    version: '0.1.0',
    keys,
    mayReadPods: false,
    mayReadProxy: false,
    listener: new PathListener(0),
  });
  const replies: AgentReply[] = [];
  let arrived = Promise.withResolvers<undefined>();
  let rest = '';
  output.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    replies.push(...lines.map((line) => AgentReply.parse(JSON.parse(line))));
    arrived.resolve(undefined);
    arrived = Promise.withResolvers();
  });
  const said = async (count: number) => {
    while (replies.length < count) await arrived.promise;
    return replies;
  };
  const order = (id: number, what: object) =>
    input.write(`${JSON.stringify({ id, order: what })}\n`);
  return { input, output, end, said, order };
}

describe('serve', () => {
  it('answers each order once, under its id', async () => {
    const agent = anAgent();

    agent.order(7, { do: 'ping' });
    agent.order(8, { do: 'hello' });
    const replies = await agent.said(2);

    expect(replies.find(({ id }) => id === 7)).toEqual({ id: 7, answer: {} });
    const hello = AgentAnswers.hello.parse(replies.find(({ id }) => id === 8)?.answer);
    expect(hello).toMatchObject({ node: 'n1', mode: 'host', version: '0.1.0' });
  });

  it('ends when its input ends', async () => {
    const agent = anAgent();

    agent.input.end();

    expect(await agent.end).toBe('closed');
  });

  it('ends when its input breaks', async () => {
    const agent = anAgent();

    agent.input.destroy(new Error('broken'));

    expect(await agent.end).toBe('closed');
  });

  it('ends when nobody can hear it any more', async () => {
    const agent = anAgent();

    agent.output.destroy(new Error('EPIPE'));

    expect(await agent.end).toBe('deaf');
  });

  it('answers bye before it ends', async () => {
    const agent = anAgent();

    agent.order(1, { do: 'bye' });

    expect(await agent.end).toBe('bye');
    expect(await agent.said(1)).toEqual([{ id: 1, answer: {} }]);
  });

  it('ends by itself when the worker is silent for too long, and not a moment earlier', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const agent = anAgent();
    const ended = vi.fn();
    void agent.end.then(ended);

    await vi.advanceTimersByTimeAsync(agentIdleSeconds * 1000 - 1);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);

    expect(ended).toHaveBeenCalledExactlyOnceWith('idle');
  });

  it('reads no orders while nobody reads its replies, so that it ends like one that hears nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const [input, output] = [new PassThrough(), new PassThrough({ highWaterMark: 1 })];
    const paused = once(input, 'pause');
    const keys = new KernelFiles(root);
    const self = {
      node: 'n1',
      mode: 'host',
      version: '0.1.0',
      keys,
      mayReadPods: false,
      mayReadProxy: false,
      listener: new PathListener(0),
    } as const;
    const end = serve(input, output, self);

    input.write('{"id":1,"order":{"do":"ping"}}\n');
    await paused;
    input.write('{"id":2,"order":{"do":"ping"}}\n');
    await vi.advanceTimersByTimeAsync(agentIdleSeconds * 1000);

    expect(await end).toBe('idle');
    expect(String(output.read())).toBe('{"id":1,"answer":{}}\n');
  });

  it('goes on with the orders once its replies are read', async () => {
    const [input, output] = [new PassThrough(), new PassThrough({ highWaterMark: 1 })];
    const paused = once(input, 'pause');
    const keys = new KernelFiles(root);
    const self = {
      node: 'n1',
      mode: 'host',
      version: '0.1.0',
      keys,
      mayReadPods: false,
      mayReadProxy: false,
      listener: new PathListener(0),
    } as const;
    const end = serve(input, output, self);
    input.write('{"id":1,"order":{"do":"ping"}}\n');
    await paused;
    input.write('{"id":2,"order":{"do":"bye"}}\n');

    const heard: Buffer[] = [];
    output.on('data', (chunk: Buffer) => heard.push(chunk));

    expect(await end).toBe('bye');
    expect(Buffer.concat(heard).toString().trim().split('\n')).toHaveLength(2);
  });

  it('lives on as long as the worker is heard', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const agent = anAgent();
    const ended = vi.fn();
    void agent.end.then(ended);

    await vi.advanceTimersByTimeAsync(agentIdleSeconds * 1000 - 1);
    agent.order(1, { do: 'ping' });
    await agent.said(1);
    await vi.advanceTimersByTimeAsync(agentIdleSeconds * 1000 - 1);

    expect(ended).not.toHaveBeenCalled();
    agent.input.end();
    expect(await agent.end).toBe('closed');
  });

  it.each([
    ['is not JSON', 'rm -rf /', 0, 'bad-line'],
    ['is no order', '[1, 2]', 0, 'bad-order'],
    [
      'has an order that is not known',
      '{"id":3,"order":{"do":"shell","run":"sh"}}',
      3,
      'bad-order',
    ],
    [
      'asks for more than was agreed',
      '{"id":4,"order":{"do":"ping","twice":true}}',
      4,
      'bad-order',
    ],
    [
      'names a key off the list',
      '{"id":5,"order":{"do":"write-key","key":"kernel.core_pattern","value":"|x","expect":["core"]}}',
      5,
      'bad-order',
    ],
    [
      'climbs out of the folder',
      '{"id":6,"order":{"do":"read-keys","keys":["net.core.../../../etc/passwd"]}}',
      6,
      'bad-order',
    ],
    ['has an id that cannot be one', '{"id":-1.5,"order":{"do":"ping"}}', 0, 'bad-order'],
  ])('answers a line that %s with an error, and lives', async (_what, line, id, code) => {
    const agent = anAgent();

    agent.input.write(`${line}\n`);
    agent.order(99, { do: 'ping' });
    const replies = await agent.said(2);

    expect(replies.find((reply) => reply.error !== undefined)).toMatchObject({
      id,
      error: { code },
    });
    expect(replies).toContainEqual({ id: 99, answer: {} });
  });

  it('passes over a line that is too long, says so once, and lives', async () => {
    const agent = anAgent();

    for (let sent = 0; sent <= 2 * agentLineBytes; sent += 65_536) {
      agent.input.write(Buffer.alloc(65_536, 'x'));
    }
    agent.input.write('\n');
    agent.order(1, { do: 'ping' });
    const replies = await agent.said(2);

    expect(replies.map(({ id, error }) => [id, error?.code])).toEqual([
      [0, 'line-too-long'],
      [1, undefined],
    ]);
  });

  it('reads an order that arrives byte by byte', async () => {
    const agent = anAgent();
    const line =
      '{"id":2,"order":{"do":"write-key","key":"net.core.somaxconn","value":"ü","expect":["1"]}}\n';

    for (const byte of Buffer.from(line)) agent.input.write(Buffer.of(byte));

    expect(await agent.said(1)).toMatchObject([{ id: 2, error: { code: 'key-absent' } }]);
  });

  it('lets nobody write through an agent in a pod', async () => {
    const agent = anAgent('pod');

    agent.order(1, { do: 'write-key', key: 'net.core.somaxconn', value: '1', expect: ['1'] });

    expect(await agent.said(1)).toMatchObject([{ id: 1, error: { code: 'not-allowed' } }]);
  });

  it('looks into no pod unless it was started for that', async () => {
    const agent = anAgent();

    agent.order(1, { do: 'read-pod-keys', podUids: [], keys: [] });

    expect(await agent.said(1)).toMatchObject([{ id: 1, error: { code: 'not-allowed' } }]);
  });

  it('refuses what goes beyond its number of orders at once, and does the others', async () => {
    const agent = anAgent();
    const orders = Array.from({ length: 80 }, (_, id) =>
      JSON.stringify({ id, order: { do: 'hello' } }),
    );

    agent.input.write(`${orders.join('\n')}\n`);
    const replies = await agent.said(80);

    const refused = replies.filter(({ error }) => error?.code === 'busy');
    expect(refused.map(({ id }) => id)).toEqual(Array.from({ length: 16 }, (_, at) => 64 + at));
    agent.order(200, { do: 'ping' });
    expect((await agent.said(81)).at(-1)).toEqual({ id: 200, answer: {} });
  });
});
