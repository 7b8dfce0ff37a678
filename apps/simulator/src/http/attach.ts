import type { WebSocket } from 'ws';
import type { Program } from '../agent/program.js';

/** First byte of each frame (KEP-4006): which stream it belongs to. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

export const attachProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

export interface AttachStreams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** The client's going is the end of the program's input. */
  readonly stdinOnce: boolean;
}

/**
 * Joins a WebSocket to a container's streams. As seen on a real kubelet: one empty stdout frame first; when
 * the program ends, a status frame and a close with 1000; when the client goes, `stdinOnce` ends the input.
 */
export function serveAttach(socket: WebSocket, program: Program, streams: AttachStreams): void {
  const send = (to: number, text: string): void => {
    if (socket.readyState === socket.OPEN)
      socket.send(Buffer.concat([Buffer.of(to), Buffer.from(text)]));
  };
  if (streams.stdout) {
    send(channel.stdout, '');
    program.onOutput((text) => send(channel.stdout, text));
  }

  socket.on('message', (message) => {
    const frame = bytesOf(message);
    const [stream, closed] = frame;
    if (stream === channel.stdin && streams.stdin)
      program.write(frame.subarray(1).toString('utf8'));
    // Only v5 can say that a stream ended; in v4 the whole socket has to go.
    if (stream === channel.close && closed === channel.stdin) program.closeStdin();
  });
  socket.on('close', () => {
    program.onOutput(null);
    if (streams.stdin && streams.stdinOnce) program.closeStdin();
  });
  socket.on('error', () => socket.terminate());

  void program.exited.then((code) => {
    send(channel.status, JSON.stringify(statusOf(code)));
    socket.close(1000);
  });
}

function bytesOf(message: unknown): Buffer {
  if (Buffer.isBuffer(message)) return message;
  if (Array.isArray(message)) return Buffer.concat(message as Buffer[]);
  return Buffer.from(message as ArrayBuffer);
}

function statusOf(exitCode: number): unknown {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${exitCode}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
