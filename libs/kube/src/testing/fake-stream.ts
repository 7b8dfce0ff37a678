import type { AgentReply, AgentRequest } from '@fairlead/core';
import type { ByteStream } from '../agents/byte-stream.js';

/** The far end of a channel, in the hands of a test. */
export interface FakeStream extends ByteStream {
  readonly sent: AgentRequest[];
  receive(bytes: string): void;
  reply(reply: AgentReply): void;
  end(reason: string): void;
  isClosed(): boolean;
}

export function fakeStream(): FakeStream {
  let onData: ((chunk: Uint8Array) => void) | null = null;
  let onEnd: ((reason: string) => void) | null = null;
  let ended: string | null = null;
  let closed = false;
  const sent: AgentRequest[] = [];

  return {
    sent,
    send: (text) => void sent.push(JSON.parse(text) as AgentRequest),
    onData: (listener) => void (onData = listener),
    onEnd(listener) {
      onEnd = listener;
      if (ended !== null) listener(ended);
    },
    close: () => void (closed = true),
    receive: (bytes) => onData?.(Buffer.from(bytes)),
    reply: (reply) => onData?.(Buffer.from(`${JSON.stringify(reply)}\n`)),
    end(reason) {
      ended = reason;
      onEnd?.(reason);
    },
    isClosed: () => closed,
  };
}
