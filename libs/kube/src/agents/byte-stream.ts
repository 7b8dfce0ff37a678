/** Both directions of a connection to one agent. */
export interface ByteStream {
  send(text: string): void;
  /** Set once, by whoever uses the stream, before anything can arrive. */
  onData(listener: (chunk: Uint8Array) => void): void;
  /** Called once, also for a stream that ended before; `reason` is for a person. */
  onEnd(listener: (reason: string) => void): void;
  close(): void;
}
