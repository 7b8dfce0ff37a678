import { agentLineBytes, AgentLost } from '@fairlead/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { agentChannel } from './agent-channel.js';
import { fakeStream } from '../testing/fake-stream.js';

const never = new AbortController().signal;

describe('agentChannel', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('brings answers to their orders in whatever order they come', async () => {
    const stream = fakeStream();
    const channel = agentChannel('n1', stream);
    const ping = channel.ask({ do: 'ping' }, never);
    const proxy = channel.ask({ do: 'read-kube-proxy' }, never);

    stream.reply({ id: 1, answer: { mode: 'iptables', healthy: true } });
    stream.reply({ id: 0, answer: {} });

    expect(await proxy).toEqual({ mode: 'iptables', healthy: true });
    expect(await ping).toEqual({});
    expect(stream.sent).toEqual([
      { id: 0, order: { do: 'ping' } },
      { id: 1, order: { do: 'read-kube-proxy' } },
    ]);
  });

  it('tells an agent that refuses from one that is lost', async () => {
    const stream = fakeStream();
    const channel = agentChannel('n1', stream);
    const refused = channel.ask({ do: 'read-counters' }, never);

    stream.reply({ id: 0, error: { code: 'denied', message: 'not allowed here' } });

    await expect(refused).rejects.toMatchObject({
      code: 'agent-refused',
      message: 'n1: not allowed here',
    });
    expect(channel.isOpen()).toBe(true);
  });

  it.each([
    ['no JSON', 'nonsense\n'],
    ['no reply', '{"hello":1}\n'],
    ['an answer to nothing that was asked', '{"id":7,"answer":{}}\n'],
    ['a line without an end', 'x'.repeat(agentLineBytes + 1)],
  ])('gives an agent up that sends %s', async (_what, bytes) => {
    const stream = fakeStream();
    const channel = agentChannel('n1', stream);
    const waiting = channel.ask({ do: 'ping' }, never);

    stream.receive(bytes);

    await expect(waiting).rejects.toBeInstanceOf(AgentLost);
    expect(channel.isOpen()).toBe(false);
    expect(stream.isClosed()).toBe(true);
  });

  it('does not take an answer of another form for an answer', async () => {
    const stream = fakeStream();
    const waiting = agentChannel('n1', stream).ask({ do: 'read-kube-proxy' }, never);

    stream.reply({ id: 0, answer: { mode: 7 } });

    await expect(waiting).rejects.toBeInstanceOf(AgentLost);
  });

  it('fails everything under way, and everything later, when the stream breaks', async () => {
    const stream = fakeStream();
    const channel = agentChannel('n1', stream);
    const waiting = [
      channel.ask({ do: 'ping' }, never),
      channel.ask({ do: 'read-counters' }, never),
    ];

    stream.end('the connection closed');

    for (const order of waiting)
      await expect(order).rejects.toThrow('The agent on n1 was lost: the connection closed.');
    await expect(channel.ask({ do: 'ping' }, never)).rejects.toBeInstanceOf(AgentLost);
  });

  it('starts lost on a stream that ended before', async () => {
    const stream = fakeStream();
    stream.end('its container ended');

    await expect(agentChannel('n1', stream).ask({ do: 'ping' }, never)).rejects.toBeInstanceOf(
      AgentLost,
    );
  });

  it('ends a wait, and not the agent, when its caller gives up or its time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const stream = fakeStream();
    const channel = agentChannel('n1', stream, { pingSeconds: 1000, silenceSeconds: 1000 });
    const reason = new Error('cancelled');
    const caller = new AbortController();
    const aborted = channel.ask({ do: 'read-counters' }, caller.signal);
    const late = channel.ask({ do: 'read-counters' }, never);
    const lateError = late.catch((error: unknown) => error);

    caller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await lateError).toBeInstanceOf(AgentLost);
    stream.reply({ id: 0, answer: {} });

    expect(channel.isOpen()).toBe(true);
  });

  it('pings, and gives an agent up that does not answer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const stream = fakeStream();
    const channel = agentChannel('n1', stream);

    await vi.advanceTimersByTimeAsync(5_000);
    expect(stream.sent).toEqual([{ id: 0, order: { do: 'ping' } }]);
    stream.reply({ id: 0, answer: {} });
    await vi.advanceTimersByTimeAsync(15_000);
    expect(channel.isOpen()).toBe(true);
    await vi.advanceTimersByTimeAsync(15_000);

    expect(channel.isOpen()).toBe(false);
  });
});
