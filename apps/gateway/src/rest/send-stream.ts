import { once } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { Operation } from '@fairlead/contract';
import type { JsonObject } from '@fairlead/core';
import { scalarText } from '../scalar-text.js';

export interface StreamLimits {
  readonly heartbeatMilliseconds: number;
  /** How long a stream waits for a reader before it is cut off. */
  readonly slowReaderMilliseconds: number;
  /** Aborted when the caller is gone or the gateway stops. */
  readonly signal: AbortSignal;
}

/** Events as Server-Sent Events; each has its cursor as id, from which a reader resumes. */
export async function sendEvents(
  reply: FastifyReply,
  items: AsyncIterable<JsonObject>,
  limits: StreamLimits,
): Promise<void> {
  const write = openStream(reply, 'text/event-stream', limits);
  // Also tells proxies and readers that the stream stands, however long the first event takes.
  const heartbeat = setInterval(() => reply.raw.write(':\n\n'), limits.heartbeatMilliseconds);
  await copy(reply, limits, async () => {
    await write(':\n\n');
    for await (const item of items) await write(eventText(item));
  });
  clearInterval(heartbeat);
}

/** A download as it is. */
export async function sendDownload(
  reply: FastifyReply,
  operation: Operation,
  items: AsyncIterable<JsonObject>,
  limits: StreamLimits,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  // The first piece tells the type; an error before it is still a problem document.
  const first = await iterator.next();
  const type = first.done === true ? undefined : scalarText(first.value['contentType']);
  const write = openStream(reply, type ?? operation.contentTypes?.[0] ?? 'text/plain', limits);
  await copy(reply, limits, async () => {
    for (let next = first; next.done !== true; next = await iterator.next()) {
      await write(scalarText(next.value['text']));
    }
  });
}

function openStream(reply: FastifyReply, type: string, limits: StreamLimits) {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(200, {
    'content-type': type === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : type,
    'x-accel-buffering': 'no',
  });
  return async (text: string): Promise<void> => {
    if (reply.raw.write(text)) return;
    const tooSlow = AbortSignal.timeout(limits.slowReaderMilliseconds);
    await once(reply.raw, 'drain', { signal: AbortSignal.any([limits.signal, tooSlow]) });
  };
}

/** Once a stream has begun no status can follow: what breaks it cuts the connection, and the reader resumes. */
async function copy(
  reply: FastifyReply,
  { signal }: StreamLimits,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    reply.raw.end();
  } catch (error) {
    reply.raw.destroy();
    const isCutOff = signal.aborted || (error instanceof Error && error.name === 'AbortError');
    if (!isCutOff) throw error;
  }
}

function eventText(item: JsonObject): string {
  const id = item['cursor'] ?? item['seq'];
  return `id: ${scalarText(id)}\nevent: ${scalarText(item['type'])}\ndata: ${JSON.stringify(item)}\n\n`;
}
