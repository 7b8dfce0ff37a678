import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { agentIdleSeconds, agentLineBytes, type AgentReply } from '@fairlead/core';
import { carryOut, type AgentSelf } from './carry-out.js';
import { lineCutter } from './lines.js';
import { readOrder } from './read-order.js';

const ordersAtOnce = 64;

/** `deaf`: what reads the replies is gone. */
export type SessionEnd = 'closed' | 'idle' | 'bye' | 'deaf';

/**
 * Serves orders, a line each, until the input ends, says bye, or is silent for `agentIdleSeconds`. Every line gets one
 * reply; one that is no order gets an error, with id 0 where it has none. Nothing is said unasked.
 */
export async function serve(
  input: Readable,
  output: Writable,
  self: AgentSelf,
): Promise<SessionEnd> {
  const ended = new AbortController();
  const finish = (how: SessionEnd) => ended.abort(how);
  const idle = setTimeout(() => finish('idle'), agentIdleSeconds * 1000);
  const cut = lineCutter(agentLineBytes);
  let open = 0;

  const handle = async (line: string | null) => {
    const order = readOrder(line);
    const isBye = order.ok && order.request.order.do === 'bye';
    const reply =
      open > ordersAtOnce
        ? failure(order.ok ? order.request.id : order.id, 'busy', 'Too many orders at once.')
        : await answer(order, self);
    if (ended.signal.aborted) return;
    // What nobody reads must not pile up: while it does, no order is read either, and silence ends the session.
    if (!output.write(`${JSON.stringify(reply)}\n`)) input.pause();
    if (isBye) finish('bye');
  };
  const onEnd = () => finish('closed');
  const onBroken = () => finish('deaf');
  const onData = (chunk: Buffer | string) => {
    idle.refresh();
    for (const line of cut(Buffer.from(chunk))) {
      if (line?.trim() === '') continue;
      open += 1;
      void handle(line)
        .catch(onBroken)
        .finally(() => (open -= 1));
    }
  };
  input.on('data', onData).on('end', onEnd).on('error', onEnd);
  output.on('error', onBroken).on('drain', () => input.resume());
  if (!ended.signal.aborted) await once(ended.signal, 'abort');
  clearTimeout(idle);
  input.off('data', onData);
  return ended.signal.reason as SessionEnd;
}

async function answer(order: ReturnType<typeof readOrder>, self: AgentSelf): Promise<AgentReply> {
  if (!order.ok) return failure(order.id, order.code, order.message);
  const { id } = order.request;
  try {
    return { id, answer: await carryOut(order.request.order, self) };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    return failure(id, typeof code === 'string' ? code : 'failed', String(message));
  }
}

function failure(id: number, code: string, message: string): AgentReply {
  return { id, error: { code, message: message.slice(0, 500) } };
}
