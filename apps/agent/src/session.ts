import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { agentIdleSeconds, agentLineBytes, AgentRequest, type AgentReply } from '@fairlead/core';
import { carryOut, type AgentSelf } from './carry-out.js';

const ordersAtOnce = 64;

export type SessionEnd = 'closed' | 'idle' | 'bye' | 'line-too-long';

/**
 * Serves orders, a line each, until the input ends, says bye, or is silent for `agentIdleSeconds`. Every order gets one
 * reply; a line that is none gets an error reply when its id can be made out. Nothing is said unasked.
 */
export async function serve(
  input: Readable,
  output: Writable,
  self: AgentSelf,
  idleMilliseconds = agentIdleSeconds * 1000,
): Promise<SessionEnd> {
  const ended = new AbortController();
  let end: SessionEnd = 'closed';
  const finish = (how: SessionEnd) => {
    end = how;
    ended.abort();
  };
  let idle = setTimeout(() => finish('idle'), idleMilliseconds);
  let open = 0;

  const handle = async (line: string) => {
    const reply = open > ordersAtOnce ? busy(line) : await answerLine(line, self);
    if (reply !== null && output.writable) {
      if (!output.write(`${JSON.stringify(reply)}\n`))
        await once(output, 'drain', { signal: ended.signal });
    }
    if (isBye(line)) finish('bye');
  };

  let rest = '';
  const onData = (chunk: Buffer | string) => {
    clearTimeout(idle);
    idle = setTimeout(() => finish('idle'), idleMilliseconds);
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > agentLineBytes) finish('line-too-long');
    for (const line of lines.filter((text) => text.trim() !== '')) {
      open += 1;
      void handle(line)
        .catch(() => undefined)
        .finally(() => (open -= 1));
    }
  };
  input.on('data', onData);
  input.once('end', () => finish('closed'));
  input.once('error', () => finish('closed'));
  output.once('error', () => finish('closed'));
  await new Promise<void>((resolve) =>
    ended.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  clearTimeout(idle);
  input.off('data', onData);
  return end;
}

async function answerLine(line: string, self: AgentSelf): Promise<AgentReply | null> {
  const request = parse(line);
  if (!request.ok)
    return request.id === null
      ? null
      : failure(request.id, 'bad-order', 'Not an order of this protocol.');
  const { id, order } = request.value;
  try {
    return { id, answer: (await carryOut(order, self)) as AgentReply['answer'] & {} };
  } catch (error) {
    const { code } = error as { code?: unknown };
    return failure(id, typeof code === 'string' ? code : 'failed', (error as Error).message);
  }
}

type Parsed =
  | { readonly ok: true; readonly value: AgentRequest }
  | { readonly ok: false; readonly id: number | null };

function parse(line: string): Parsed {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return { ok: false, id: null };
  }
  const request = AgentRequest.safeParse(json);
  if (request.success) return { ok: true, value: request.data };
  const id = (json as { id?: unknown } | null)?.id;
  return { ok: false, id: typeof id === 'number' ? id : null };
}

function busy(line: string): AgentReply | null {
  const request = parse(line);
  const id = request.ok ? request.value.id : request.id;
  return id === null ? null : failure(id, 'busy', `More than ${ordersAtOnce} orders at once.`);
}

function failure(id: number, code: string, message: string): AgentReply {
  return { id, error: { code, message: message.slice(0, 500) } };
}

function isBye(line: string): boolean {
  const request = parse(line);
  return request.ok && request.value.order.do === 'bye';
}
