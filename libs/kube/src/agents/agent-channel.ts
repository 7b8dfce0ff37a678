import {
  AgentAnswers,
  agentLineBytes,
  AgentLost,
  agentPingSeconds,
  AgentReply,
  PreconditionFailed,
  type AgentAnswer,
  type AgentOrder,
} from '@fairlead/core';
import type { ByteStream } from './byte-stream.js';
import { lineFramer } from './line-framer.js';
import { orderSeconds } from './order-deadlines.js';

/** Orders to one agent and its answers, any number under way at once. */
export interface AgentChannel {
  /**
   * @throws AgentLost           when the way to the agent breaks, or no answer comes in the order's time
   * @throws PreconditionFailed  `agent-refused`: the agent answered that it cannot or will not
   */
  ask<D extends AgentOrder['do']>(
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
  ): Promise<AgentAnswer<D>>;
  /** False from the first sign of a break on. */
  isOpen(): boolean;
  close(): void;
}

interface Waiting {
  readonly order: AgentOrder['do'];
  readonly settle: (result: { readonly answer: unknown } | { readonly error: Error }) => void;
}

export interface ChannelTiming {
  readonly pingSeconds: number;
  /** An agent that has not answered a ping for so long is given up. */
  readonly silenceSeconds: number;
}

const usualTiming: ChannelTiming = {
  pingSeconds: agentPingSeconds,
  silenceSeconds: 3 * agentPingSeconds,
};

export function agentChannel(node: string, stream: ByteStream, timing = usualTiming): AgentChannel {
  const framer = lineFramer(agentLineBytes);
  const waiting = new Map<number, Waiting>();
  let nextId = 0;
  let end: AgentLost | null = null;

  function fail(reason: string) {
    if (end !== null) return;
    end = new AgentLost(`The agent on ${node} was lost: ${reason}.`);
    clearInterval(pinging);
    stream.close();
    for (const { settle } of waiting.values()) settle({ error: end });
    waiting.clear();
  }

  function receive(line: string) {
    const reply = AgentReply.safeParse(parseJson(line));
    if (!reply.success) return fail('it sent a line that is no reply');
    const { id, answer, error } = reply.data;
    const asked = waiting.get(id);
    // A late answer to an order that was given up; anything else would be an answer to nothing.
    if (asked === undefined)
      return id < nextId ? undefined : fail('it answered what it was not asked');
    waiting.delete(id);
    if (error !== undefined) {
      return asked.settle({
        error: new PreconditionFailed('agent-refused', `${node}: ${error.message}`),
      });
    }
    const parsed = AgentAnswers[asked.order].safeParse(answer);
    if (parsed.success) return asked.settle({ answer: parsed.data });
    asked.settle({
      error: new AgentLost(
        `The agent on ${node} answered ${asked.order} in a form that is not known.`,
      ),
    });
  }

  async function ask<D extends AgentOrder['do']>(
    order: Extract<AgentOrder, { do: D }>,
    signal: AbortSignal,
    seconds = orderSeconds(order),
  ): Promise<AgentAnswer<D>> {
    signal.throwIfAborted();
    if (end !== null) throw end;
    const id = nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const onAbort = () => settle({ error: signal.reason as Error });
    const timer = setTimeout(() => {
      settle({
        error: new AgentLost(
          `The agent on ${node} did not answer ${order.do} within ${seconds} s.`,
        ),
      });
    }, seconds * 1000);
    const settle: Waiting['settle'] = (result) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      waiting.delete(id);
      if ('error' in result) reject(result.error);
      else resolve(result.answer);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    waiting.set(id, { order: order.do, settle });
    stream.send(`${JSON.stringify({ id, order })}\n`);
    return (await promise) as AgentAnswer<D>;
  }

  const pinging = setInterval(() => {
    ask({ do: 'ping' }, new AbortController().signal, timing.silenceSeconds).catch(() =>
      fail('it does not answer any more'),
    );
  }, timing.pingSeconds * 1000);
  pinging.unref();
  stream.onData((chunk) => {
    try {
      for (const line of framer.push(chunk)) {
        if (line.trim() !== '') receive(line);
      }
    } catch (error) {
      fail(error instanceof Error ? error.message : 'it sent what is no reply');
    }
  });
  stream.onEnd(fail);

  return {
    ask: (order, signal) => ask(order, signal),
    isOpen: () => end === null,
    close: () => fail('it was ended'),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
